//! Frames against a plain reading of the same text: parse everything, then prune.

use writ_abi::{Tag, Word, layout};
use writ_value::{Number, Str, Value, json};

use crate::projection::{InputLayout, NO_SLOT, Node, Projection};
use crate::words::Piece;
use crate::{EncodeError, Encoder, Interner, Scratch};

const BASE: u32 = 4096;
const CONSTANTS: [&str; 7] = ["admin", "role", "", "a", "user", "a longer constant with more bytes", "é\n"];

/// A small generator, so that a failing seed can be run again.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len() as u64) as usize]
    }
}

const KEYS: [&str; 9] =
    ["a", "b", "role", "user", "id", "a key of more than sixteen bytes", "", "é\n", "a key of more than sixteen bytez"];

/// JSON text with white space, escapes and repeated keys.
fn text(random: &mut Random, depth: u64, out: &mut String) {
    let space = ["", "", "", " ", "\n\t", "\r "];
    out.push_str(random.pick(&space));
    match random.below(if depth == 0 { 5 } else { 8 }) {
        0 => out.push_str(random.pick(&["null", "true", "false"])),
        1 => out.push_str(random.pick(&[
            "0",
            "-0",
            "1",
            "-7",
            "12.50",
            "1e3",
            "1E-7",
            "0.1",
            "4611686018427387903",
            "4611686018427387904",
            "-4611686018427387904",
            "-4611686018427387905",
            "123456789012345678",
            "1234567890123456789012",
        ])),
        2..=4 => string(random, out),
        5 => {
            out.push('[');
            for n in 0..random.below(5) {
                out.push_str(if n > 0 { "," } else { "" });
                text(random, depth - 1, out);
            }
            out.push_str(random.pick(&space));
            out.push(']');
        }
        _ => {
            out.push('{');
            let many = random.below(12) == 0;
            for n in 0..if many { 40 } else { random.below(6) } {
                out.push_str(if n > 0 { "," } else { "" });
                out.push_str(random.pick(&space));
                if many && random.below(2) == 0 {
                    out.push_str(&format!("\"k{}\"", random.below(30)));
                } else {
                    string(random, out);
                }
                out.push_str(random.pick(&space));
                out.push(':');
                text(random, if many { 0 } else { depth - 1 }, out);
            }
            out.push_str(random.pick(&space));
            out.push('}');
        }
    }
    out.push_str(random.pick(&space));
}

fn string(random: &mut Random, out: &mut String) {
    out.push('"');
    let plain = match random.below(3) {
        0 => random.pick(&CONSTANTS),
        _ => random.pick(&KEYS),
    };
    let escape = random.below(4) == 0;
    for c in plain.chars() {
        if c < ' ' || escape && random.below(2) == 0 {
            out.push_str(&format!("\\u{:04x}", c as u32));
        } else {
            out.push(c);
        }
    }
    if random.below(10) == 0 {
        out.push_str(random.pick(&["\\n", "\\ud83d\\ude00", "\\ud800", "\\ud800\\u0041", "\\\"", "\\/", "日本"]));
    }
    out.push('"');
}

/// A projection's node as text. Slots stand only where every key above is constant.
fn node(random: &mut Random, depth: u64, slots: &mut Option<&mut u32>, out: &mut String) {
    out.push('{');
    let mut members = Vec::new();
    if let Some(next) = slots
        && (random.below(3) == 0 || depth == 0)
    {
        members.push(format!("\"s\":{next}"));
        **next += 1;
    }
    if random.below(3) > 0 {
        members.push("\"k\":1".to_owned());
    }
    if random.below(5) == 0 {
        members.push("\"w\":1".to_owned());
    }
    for (name, keys) in [("f", &KEYS[..]), ("i", &["0", "1", "3"][..])] {
        let mut below = Vec::new();
        for key in keys {
            if depth > 0 && random.below(if name == "f" { 2 } else { 6 }) == 0 {
                let mut text = format!("{}:", json::to_string(&Value::from((*key).to_owned())));
                node(random, depth - 1, slots, &mut text);
                below.push(text);
            }
        }
        if !below.is_empty() {
            members.push(format!("\"{name}\":{{{}}}", below.join(",")));
        }
    }
    if depth > 0 && random.below(4) == 0 {
        let mut text = "\"e\":".to_owned();
        node(random, depth - 1, &mut None, &mut text);
        members.push(text);
    }
    out.push_str(&members.join(","));
    out.push('}');
}

fn layout_of(random: &mut Random) -> InputLayout {
    let mut slots = 0;
    let mut root = String::new();
    node(random, 3, &mut Some(&mut slots), &mut root);
    let section = format!(r#"{{"version":1,"slots":{slots},"of":[0],"projections":[{root}]}}"#);
    InputLayout::parse(section.as_bytes()).expect("a section")
}

/// A memory with the constants, and the table of them.
fn constants() -> (Vec<u8>, Interner) {
    let mut memory = vec![0; 16];
    let mut section = Vec::new();
    for text in CONSTANTS {
        section.extend((memory.len() as u32).to_le_bytes());
        memory.extend((text.len() as u32).to_le_bytes());
        memory.extend([0; 4]);
        memory.extend(text.bytes());
        memory.resize(memory.len().next_multiple_of(8), 0);
    }
    let strings = Interner::new(&section, &memory).expect("a table");
    memory.resize(BASE as usize, 0);
    (memory, strings)
}

/// Reads a value back; checks flags and that nothing is there twice.
fn read(memory: &[u8], word: Word) -> Value {
    let at = |addr: u32, len: u32| &memory[addr as usize..(addr + len) as usize];
    let u32_at = |addr: u32| u32::from_le_bytes(*at(addr, 4).first_chunk().expect("four bytes"));
    let word_at = |addr: u32| Word(u64::from_le_bytes(*at(addr, 8).first_chunk().expect("eight bytes")));
    let addr = word.addr();
    match word.tag() {
        Tag::Int => Value::from(word.as_int().expect("an integer")),
        Tag::Atom if word == Word::NULL => Value::Null,
        Tag::Atom => Value::Bool(word == Word::TRUE),
        Tag::Number => {
            let text = std::str::from_utf8(at(addr + 8, u32_at(addr))).expect("ASCII");
            Value::Number(Number::parse(text).expect("a number"))
        }
        Tag::String => {
            let bytes = at(addr + 8, u32_at(addr));
            let constant = CONSTANTS.iter().any(|c| c.as_bytes() == bytes);
            assert_eq!(constant, word.0 & writ_abi::word::STRING_CONST != 0, "constants are marked");
            assert_eq!(!constant, word.0 & writ_abi::word::STRING_NOT_CONST != 0, "and others as well");
            Value::String(Str::from_bytes(bytes))
        }
        Tag::Array => {
            let (len, data) = (u32_at(addr), u32_at(addr + layout::DATA));
            Value::from((0..len).map(|n| read(memory, word_at(data + n * 8))).collect::<Vec<_>>())
        }
        Tag::Object => {
            let (len, data) = (u32_at(addr), u32_at(addr + layout::DATA));
            let pair = |n| (read(memory, word_at(data + n * 16)), read(memory, word_at(data + n * 16 + 8)));
            let object: writ_value::Object = (0..len).map(pair).collect();
            assert_eq!(object.iter().count(), len as usize, "keys are distinct");
            Value::from(object)
        }
        Tag::Undefined | Tag::Set => panic!("{word:?} in a value"),
    }
}

fn prune(value: &Value, nodes: &[Node], node: &Node) -> Value {
    let below = |named: Option<u32>| named.or(node.elements).map(|at| &nodes[at as usize]).filter(|below| below.kept);
    match value {
        Value::Object(entries) => Value::from(
            entries
                .iter()
                .filter_map(|(key, value)| {
                    let below = below(node.fields.get(Piece::new(key.as_str().expect("a string").as_bytes())))?;
                    Some((key.clone(), prune(value, nodes, below)))
                })
                .collect::<writ_value::Object>(),
        ),
        Value::Array(_) if node.elements.is_none() && node.positions.is_empty() => Value::from(Vec::<Value>::new()),
        Value::Array(items) => Value::from(
            items
                .iter()
                .enumerate()
                .map(|(n, item)| {
                    let named = node.positions.iter().find(|(at, _)| *at as usize == n).map(|(_, to)| *to);
                    below(named).map_or(Value::Null, |below| prune(item, nodes, below))
                })
                .collect::<Vec<_>>(),
        ),
        scalar => scalar.clone(),
    }
}

fn expected(value: &Value, nodes: &[Node], node: &Node, slots: &mut [Option<Value>]) {
    if node.slot != NO_SLOT {
        slots[node.slot as usize] = Some(prune(value, nodes, node));
    }
    match value {
        Value::Object(entries) => {
            for (key, value) in entries.iter() {
                if let Some(to) = node.fields.get(Piece::new(key.as_str().expect("a string").as_bytes())) {
                    expected(value, nodes, &nodes[to as usize], slots);
                }
            }
        }
        Value::Array(items) => {
            for (at, to) in &node.positions {
                if let Some(item) = items.get(*at as usize) {
                    expected(item, nodes, &nodes[*to as usize], slots);
                }
            }
        }
        _ => {}
    }
}

fn slots(projection: &Projection, memory: &[u8]) -> Vec<Option<Value>> {
    let words = memory[BASE as usize..].as_chunks::<8>().0;
    let words = words.iter().take(projection.slots as usize).map(|word| Word(u64::from_le_bytes(*word)));
    words.map(|word| word.is_defined().then(|| read(memory, word))).collect()
}

#[test]
fn frames_hold_what_a_parser_and_a_pruner_give() {
    let (mut memory, strings) = constants();
    memory.resize(1 << 20, 0xaa);
    let mut scratch = Scratch::default();
    for seed in 1..6000u64 {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let layout = layout_of(&mut random);
        let projection = layout.projection(0).expect("one entrypoint");
        let mut input = String::new();
        text(&mut random, 4, &mut input);
        let value = json::parse(input.as_bytes()).expect("JSON");
        let mut want = vec![None; projection.slots as usize];
        expected(&value, &projection.nodes, &projection.nodes[0], &mut want);
        let encoder = Encoder { projection, strings: &strings, max_depth: 100 };
        let used = encoder.json(input.as_bytes(), &mut scratch, &mut memory[BASE as usize..], BASE).expect("encoded");
        assert_eq!(slots(projection, &memory), want, "seed {seed}: {input}");

        // A frame needs the room that it says, and nothing else.
        let mut room = vec![0x55; used];
        encoder.json(input.as_bytes(), &mut scratch, &mut room, BASE).expect("it fits");
        assert_eq!(room, memory[BASE as usize..BASE as usize + used], "seed {seed}");
        for less in [used.saturating_sub(8), used / 2] {
            let outcome = encoder.json(input.as_bytes(), &mut scratch, &mut room[..less], BASE);
            assert!(used == less || matches!(outcome, Err(EncodeError::Room(_))), "seed {seed}: {outcome:?}");
        }

        // The same by way of serde, where that has the same value: it knows no big numbers.
        let plain: serde_json::Value = match serde_json::from_str(&input) {
            Ok(plain) => plain,
            Err(_) => continue,
        };
        let again = json::parse(plain.to_string().as_bytes()).expect("JSON");
        let mut want = vec![None; projection.slots as usize];
        expected(&again, &projection.nodes, &projection.nodes[0], &mut want);
        encoder.value(&plain, &mut scratch, &mut memory[BASE as usize..], BASE).expect("encoded");
        assert_eq!(slots(projection, &memory), want, "seed {seed}: {plain}");
    }
}

#[test]
fn what_is_not_json_is_refused_wherever_it_is() {
    let (_, strings) = constants();
    let mut scratch = Scratch::default();
    let mut room = vec![0; 1 << 16];
    let mut refused = 0;
    for seed in 1..4000u64 {
        let mut random = Random(seed.wrapping_mul(0xd6e8_feb8_6659_fd93));
        let layout = layout_of(&mut random);
        let projection = layout.projection(0).expect("one entrypoint");
        let mut input = String::new();
        text(&mut random, 4, &mut input);
        let mut input = input.into_bytes();
        for _ in 0..=random.below(2) {
            let at = random.below(input.len() as u64 + 1) as usize;
            match random.below(3) {
                0 => input.truncate(at),
                1 => input.insert(
                    at,
                    random.pick(&["{", "}", "[", "]", ",", ":", "\"", "\\", "0", "-", ".", "e", "t"]).as_bytes()[0],
                ),
                _ if at < input.len() => input[at] = random.below(256) as u8,
                _ => {}
            }
        }
        let encoder = Encoder { projection, strings: &strings, max_depth: 100 };
        let outcome = encoder.json(&input, &mut scratch, &mut room, BASE);
        match json::parse(&input) {
            Ok(_) => assert!(outcome.is_ok(), "seed {seed}: {outcome:?} for {}", String::from_utf8_lossy(&input)),
            Err(error) => {
                refused += 1;
                let want = EncodeError::Syntax(error.to_string());
                assert_eq!(outcome, Err(want), "seed {seed}: {}", String::from_utf8_lossy(&input));
            }
        }
    }
    assert!(refused > 1000, "{refused} refused texts are too few to say anything");
}

/// Other values in the same places, mostly: digits and letters change, now and then something that is no JSON any more.
fn vary(random: &mut Random, text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    for _ in 0..random.below(4) {
        let at = random.below(text.len() as u64 + 1) as usize;
        match (random.below(8), text.get(at).copied()) {
            (0, _) => text.truncate(at),
            (1, Some(_)) => text[at] = random.below(256) as u8,
            (2, _) => {
                let more = ["\\n", "\\u00e9", "日本", "\"", ",", " ", "x", "0", "\\"];
                text.splice(at..at, random.pick(&more).bytes());
            }
            (_, Some(b'0'..=b'9')) => text[at] = b'0' + random.below(10) as u8,
            (_, Some(b'a'..=b'z')) => text[at] = b'a' + random.below(26) as u8,
            _ => {}
        }
    }
    text
}

#[test]
fn earlier_texts_change_nothing() {
    let (_, strings) = constants();
    let (mut room, mut fresh_room) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let (mut same, mut refused) = (0, 0);
    for seed in 1..400u64 {
        let mut random = Random(seed.wrapping_mul(0xa076_1d64_78bd_642f));
        let layout = layout_of(&mut random);
        let encoder =
            Encoder { projection: layout.projection(0).expect("one entrypoint"), strings: &strings, max_depth: 100 };
        let texts: Vec<String> = (0..4)
            .map(|_| {
                let mut out = String::new();
                text(&mut random, 4, &mut out);
                out
            })
            .collect();
        let mut scratch = Scratch::default();
        for _ in 0..60 {
            let text = &texts[random.below(4) as usize];
            let text = vary(&mut random, text.as_bytes());
            let room = if random.below(4) == 0 { &mut room[..random.below(200) as usize * 8] } else { &mut room[..] };
            room.fill(0);
            fresh_room.fill(0);
            let fresh_room = &mut fresh_room[..room.len()];
            let outcome = encoder.json(&text, &mut scratch, room, BASE);
            let fresh = encoder.json(&text, &mut Scratch::default(), fresh_room, BASE);
            assert_eq!(outcome, fresh, "seed {seed}: {}", String::from_utf8_lossy(&text));
            match outcome {
                Ok(_) => {
                    same += 1;
                    assert!(room == fresh_room, "seed {seed}: {}", String::from_utf8_lossy(&text));
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(same > 5000 && refused > 2000, "{same} {refused}");
}

#[test]
fn depth_is_bounded_on_every_way() {
    let (_, strings) = constants();
    let mut scratch = Scratch::default();
    let mut room = vec![0; 1 << 16];
    for root in [r#"{"s":0,"w":1}"#, "{}", r#"{"f":{"b":{"s":0}}}"#] {
        let section = format!(r#"{{"version":1,"slots":1,"of":[0],"projections":[{root}]}}"#);
        let layout = InputLayout::parse(section.as_bytes()).expect("a section");
        let encoder = Encoder { projection: layout.projection(0).expect("one"), strings: &strings, max_depth: 100 };
        for (open, close, leaf) in [("[", "]", "1"), ("{\"a\":", "}", "1"), ("[{\"a\":", "}]", "[]")] {
            let levels = open.matches(['[', '{']).count();
            let fits = 100 / levels;
            let nested = |n: usize| format!("{}{leaf}{}", open.repeat(n), close.repeat(n));
            assert!(encoder.json(nested(fits).as_bytes(), &mut scratch, &mut room, BASE).is_ok(), "{root} {open}");
            let outcome = encoder.json(nested(fits + 1).as_bytes(), &mut scratch, &mut room, BASE);
            assert_eq!(outcome, Err(EncodeError::Depth(100)), "{root} {open}");
            let huge = open.repeat(100_000);
            assert!(encoder.json(huge.as_bytes(), &mut scratch, &mut room, BASE).is_err(), "{root} {open}");
        }
    }
}

#[test]
fn damaged_sections_are_refused() {
    let good = r#"{"version":1,"slots":2,"of":[0],"projections":[{"f":{"a":{"s":0,"w":1},"b":{"s":1}}}]}"#;
    assert!(InputLayout::parse(good.as_bytes()).is_ok());
    let bad = [
        good.replace("\"version\":1", "\"version\":2"),
        good.replace("\"slots\":2", "\"slots\":1"),
        good.replace("\"slots\":2", "\"slots\":99999999"),
        good.replace("\"of\":[0]", "\"of\":[1]"),
        good.replace("\"of\":[0]", "\"of\":[-1]"),
        good.replace("{\"s\":1}", "{\"e\":{\"s\":1}}"),
        "{}".to_owned(),
        String::new(),
    ];
    for section in bad {
        assert!(matches!(InputLayout::parse(section.as_bytes()), Err(EncodeError::Internal(_))), "{section}");
    }
    for section in [&[1, 0, 0, 0][..], &[255, 255, 255, 255], &[0, 0, 0, 0]] {
        assert!(Interner::new(section, &[0; 3]).is_err());
    }
}
