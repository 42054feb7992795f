//! Reads modules in the layout of `asn1/spec`: one definition behind the other, bounds as numbers.

use std::collections::BTreeMap;

/// Types by their names, without case and hyphens.
pub type Module = BTreeMap<String, Type>;

/// The right side of a definition.
#[derive(Debug)]
pub enum Type {
    Integer(u32, u32),
    OctetString(usize, usize),
    BitString(usize, usize, Vec<(String, u32)>),
    /// Names with numbers, and where the extension marker stands.
    Enumerated(Vec<(String, u32)>, Option<usize>),
    /// Members, and where the extension marker stands.
    Sequence(Vec<Member>, Option<usize>),
    Choice(Vec<Member>),
    SequenceOf(usize, usize, String),
    SetOf(usize, usize, String),
}

/// A member of a SEQUENCE, or an alternative of a CHOICE.
#[derive(Debug)]
pub struct Member {
    pub name: String,
    pub tag: Option<u32>,
    pub of: String,
    pub presence: String,
}

/// The definitions of a text.
pub fn parse(text: &str) -> Module {
    let mut tokens = Tokens::of(text);
    let mut module = Module::new();
    while let Some(name) = tokens.next() {
        tokens.expect("::=");
        let key = name.chars().filter(char::is_ascii_alphanumeric);
        let key = key.map(|letter| letter.to_ascii_lowercase()).collect();
        let before = module.insert(key, tokens.right_side());
        assert!(before.is_none(), "{name} is defined twice");
    }
    module
}

struct Tokens {
    rest: Vec<String>,
}

impl Tokens {
    fn of(text: &str) -> Self {
        let mut spaced = String::new();
        for line in text.lines() {
            let line = line.split("--").next().unwrap();
            let line = line.replace("::=", " ::= ").replace("..", " .. ");
            for letter in line.replace(" .. .", " ... ").chars() {
                match letter {
                    '{' | '}' | '(' | ')' | '[' | ']' | ',' => {
                        spaced.extend([' ', letter, ' ']);
                    }
                    _ => spaced.push(letter),
                }
            }
            spaced.push(' ');
        }
        let mut rest: Vec<_> = spaced.split_whitespace().map(str::to_owned).collect();
        rest.reverse();
        Self { rest }
    }

    fn next(&mut self) -> Option<String> {
        self.rest.pop()
    }

    fn take(&mut self) -> String {
        self.next().expect("the text ends too early")
    }

    fn is_next(&self, token: &str) -> bool {
        self.rest.last().is_some_and(|next| next == token)
    }

    fn skip(&mut self, token: &str) -> bool {
        let is_next = self.is_next(token);
        if is_next {
            self.take();
        }
        is_next
    }

    fn expect(&mut self, token: &str) {
        assert_eq!(self.take(), token);
    }

    fn number<N: std::str::FromStr>(&mut self) -> N {
        let token = self.take();
        token
            .parse()
            .unwrap_or_else(|_| panic!("{token} is no number"))
    }

    /// `(a..b)` or `(a)`.
    fn range<N: std::str::FromStr + Copy>(&mut self) -> (N, N) {
        self.expect("(");
        let min = self.number();
        let max = if self.skip("..") { self.number() } else { min };
        self.expect(")");
        (min, max)
    }

    /// `SIZE (a..b)`, perhaps in brackets itself.
    fn size(&mut self) -> (usize, usize) {
        let is_bracketed = self.skip("(");
        self.expect("SIZE");
        let range = self.range();
        if is_bracketed {
            self.expect(")");
        }
        range
    }

    /// What stands in braces between commas.
    fn listed(&mut self, mut each: impl FnMut(&mut Self)) {
        self.expect("{");
        while !self.skip("}") {
            each(self);
            if !self.is_next("}") {
                self.expect(",");
            }
        }
    }

    fn named_numbers(&mut self) -> (Vec<(String, u32)>, Option<usize>) {
        let (mut named, mut marker) = (Vec::new(), None);
        self.listed(|tokens| {
            if tokens.skip("...") {
                marker = Some(named.len());
            } else {
                named.push((tokens.take(), tokens.range().0));
            }
        });
        (named, marker)
    }

    fn members(&mut self) -> (Vec<Member>, Option<usize>) {
        let (mut members, mut marker) = (Vec::new(), None);
        self.listed(|tokens| {
            if tokens.skip("...") {
                marker = Some(members.len());
                return;
            }
            let name = tokens.take();
            let tag = tokens.skip("[").then(|| {
                let number = tokens.number();
                tokens.expect("]");
                number
            });
            let of = tokens.take();
            let is_told = tokens.is_next("OPTIONAL") || tokens.is_next("DEFAULT");
            let presence = if is_told {
                tokens.take()
            } else {
                String::new()
            };
            members.push(Member {
                name,
                tag,
                of,
                presence,
            });
        });
        (members, marker)
    }

    fn right_side(&mut self) -> Type {
        match self.take().as_str() {
            "INTEGER" => {
                let (min, max) = self.range();
                Type::Integer(min, max)
            }
            "OCTET" => {
                self.expect("STRING");
                let (min, max) = self.size();
                Type::OctetString(min, max)
            }
            "BIT" => {
                self.expect("STRING");
                let bits = if self.is_next("{") {
                    self.named_numbers().0
                } else {
                    vec![]
                };
                let (min, max) = self.size();
                Type::BitString(min, max, bits)
            }
            "ENUMERATED" => {
                let (named, marker) = self.named_numbers();
                Type::Enumerated(named, marker)
            }
            "CHOICE" => Type::Choice(self.members().0),
            kind @ ("SEQUENCE" | "SET") if !self.is_next("{") => {
                let (min, max) = self.size();
                self.expect("OF");
                let of = self.take();
                match kind {
                    "SET" => Type::SetOf(min, max, of),
                    _ => Type::SequenceOf(min, max, of),
                }
            }
            "SEQUENCE" => {
                let (members, marker) = self.members();
                Type::Sequence(members, marker)
            }
            other => panic!("{other} is no type"),
        }
    }
}
