//! A chapter goes on in fresh generations while people write in it, are away, come back, and open their pages anew.
//!
//! The server is the real core, the people are the browser's real core; only sockets, disks and time are missing. Every
//! letter is typed once in the world, so it is known where each has to be in the end, and who wrote it.

mod paper;
mod person;
mod server;

use std::collections::BTreeMap;
use std::sync::Arc;

use person::{Edit, Person, Tally, block_of, letters};
use proptest::prelude::*;
use schema::richtext::document::top_nodes;
use schema::richtext::{spans, tree};
use schema::text::genesis::text_id;
use schrijftafel_server::log::EventLog;
use schrijftafel_server::shell::load;
use schrijftafel_server::views::chapter_history::{ChapterHistories, HistoryError, Past};
use serde_json::Value;
use server::{CHAPTER, PLAN, Server, person as caller};

/// Something that happens.
#[derive(Debug, Clone, Copy)]
struct Step {
    kind: u8,
    who: u8,
    edit: Edit,
}

fn steps(count: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (any::<u8>(), any::<u8>(), any::<u8>(), any::<u16>(), any::<u16>());
    let step = step.prop_map(|(kind, who, edit, a, b)| Step {
        kind,
        who,
        edit: Edit { kind: edit, a, b },
    });
    prop::collection::vec(step, 20..count)
}

/// How a letter stands.
struct Copy {
    marks: Value,
    /// As [`block_of`] says it.
    block: String,
}

struct World {
    server: Server,
    people: Vec<Person>,
    tally: Tally,
}

impl World {
    fn new(spare_ops: u64, count: u8) -> Self {
        let mut world = Self {
            server: Server::new(spare_ops, count),
            people: (0..count).map(Person::new).collect(),
            tally: Tally::default(),
        };
        for number in 0..usize::from(count) {
            world.people[number].connect(&mut world.server);
        }
        world.settle();
        world
    }

    fn play(&mut self, step: Step) {
        let Self {
            server,
            people,
            tally,
        } = self;
        let number = usize::from(step.who) % people.len();
        let person = &mut people[number];
        match step.kind % 32 {
            0 => person.cut(server),
            1..=2 => person.connect(server),
            3 => person.reload(server),
            4 => {
                server.make_switch();
            }
            5 => server.hold_switches = !server.hold_switches,
            6..=9 => server.pass(400),
            10..=13 => person.tick(server),
            14..=21 => {
                person.hear(server);
            }
            _ => person.edit(server, tally, step.edit),
        }
    }

    /// Everybody is there, and everything has come.
    fn settle(&mut self) {
        self.server.hold_switches = false;
        while self.server.make_switch() {}
        for round in 0..400 {
            let mut heard = false;
            for person in &mut self.people {
                person.connect(&mut self.server);
                while person.hear(&mut self.server) {
                    heard = true;
                }
                person.tick(&mut self.server);
            }
            self.server.pass(1_100);
            if !heard && round > 3 {
                return;
            }
        }
        panic!("it never becomes quiet");
    }

    fn generations(&self) -> u32 {
        load::current_generation(self.server.log.as_ref(), PLAN, CHAPTER)
            .unwrap()
            .0
    }

    /// What everybody shows, which is what a replay of the log shows.
    fn shown(&self) -> Vec<Value> {
        let loaded = load::load_chapter(self.server.log.as_ref(), PLAN, CHAPTER).unwrap();
        let text = spans::read(loaded.copy.doc(), &text_id()).unwrap();
        let blocks = tree::normal(&text.blocks);
        let nodes: Vec<Value> = top_nodes(&blocks).into_iter().map(|node| node.json).collect();
        for person in &self.people {
            assert_eq!(person.nodes, nodes, "person {}", person.number);
            assert_eq!(person.refused, Vec::<String>::new(), "person {}", person.number);
        }
        nodes
    }

    /// As [`World::check_letters`], and as it was formatted. Only where nobody formats a place at which another one types
    /// at the same time: whether those letters take part is automerge's to say, also within one generation.
    fn check(&self) {
        for (letter, copies) in self.check_letters() {
            let has = |name: &str| {
                let named = |mark: &Value| mark["type"] == name;
                let marked = |copy: &Copy| copy.marks.as_array().is_some_and(|marks| marks.iter().any(named));
                copies.iter().all(marked)
            };
            let Tally {
                strong, em, formed, ..
            } = &self.tally;
            assert!(!strong.contains(&letter) || has("strong"), "{letter} is bold");
            assert!(!em.contains(&letter) || has("em"), "{letter} is slanted");
            for (copy, block) in copies.iter().zip(formed.get(&letter)) {
                assert_eq!(copy.block, *block, "{letter} stands there");
            }
        }
    }

    /// Every letter once, or not at all where somebody deleted it, by who typed it first. Gives back how each stands.
    fn check_letters(&self) -> BTreeMap<char, Vec<Copy>> {
        let nodes = self.shown();
        let mut stands: BTreeMap<char, Vec<Copy>> = BTreeMap::new();
        for node in &nodes {
            letters(node, &mut Vec::new(), &mut |letter, within, marks| {
                let (marks, block) = (marks.clone(), block_of(within));
                stands.entry(letter).or_default().push(Copy { marks, block });
            });
        }
        let authors = self.authors();
        let mut there: BTreeMap<char, usize> = stands
            .iter()
            .map(|(letter, copies)| (*letter, copies.len()))
            .collect();
        for (letter, author) in &self.tally.typed {
            let copies = there.remove(letter).unwrap_or_default();
            let wanted = usize::from(!self.tally.deleted.contains(letter));
            assert_eq!(copies, wanted, "{letter} of {author}");
            let by = caller(*author).person;
            assert!(
                wanted == 0 || authors.get(letter) == Some(&Some(by)),
                "{letter} is by {author}"
            );
        }
        assert!(there.is_empty(), "nobody typed {there:?}");
        stands
    }

    /// Who wrote each letter that stands, as the history page tells it.
    fn authors(&self) -> BTreeMap<char, Option<schema::ids::PersonId>> {
        let histories = ChapterHistories::new(Arc::clone(&self.server.log) as Arc<dyn EventLog>);
        let blame = histories.ask((PLAN, CHAPTER), |past: &Past| {
            let now = past.revision_at(None)?;
            let by = |revision| past.at(revision).and_then(|at| self.server.author(at.who));
            Ok::<_, HistoryError>(
                past.view(now)
                    .blame(by)
                    .into_iter()
                    .flat_map(|line| line.runs)
                    .map(|run| (run.text, by(run.written)))
                    .collect::<Vec<_>>(),
            )
        });
        let runs = blame.unwrap();
        runs.iter()
            .flat_map(|(text, author)| text.chars().map(move |letter| (letter, *author)))
            .collect()
    }
}

fn cases() -> ProptestConfig {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => ProptestConfig::default(),
        None => ProptestConfig::with_cases(24),
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn every_letter_is_there_once_however_generations_follow_each_other(steps in steps(260)) {
        let mut world = World::new(12, 3);
        for step in steps {
            world.play(step);
        }
        world.settle();
        world.check_letters();
    }
}

/// A person types letters, and deletes as many, until the chapter has gone on in so many more generations.
fn write_through(world: &mut World, number: usize, generations: u32) {
    let until = world.generations() + generations;
    for round in 0..400_u16 {
        if world.generations() >= until {
            return;
        }
        for kind in [0, 4, 4, 3, 4] {
            let edit = Edit {
                kind,
                a: round,
                b: round.wrapping_mul(37),
            };
            world.people[number].edit(&mut world.server, &mut world.tally, edit);
            world.server.pass(1_100);
            world.people[number].tick(&mut world.server);
            while world.people[number].hear(&mut world.server) {}
        }
    }
    panic!("the chapter never went on");
}

#[test]
fn who_was_away_for_three_generations_brings_everything_along() {
    for reloads in [false, true] {
        let mut world = World::new(12, 2);
        write_through(&mut world, 0, 1);
        world.settle();
        world.people[1].cut(&mut world.server);
        for number in 0..24_u16 {
            let edit = Edit {
                kind: [0, 3, 6, 7, 8, 4][usize::from(number % 6)],
                a: number,
                b: number.wrapping_mul(101),
            };
            world.people[1].edit(&mut world.server, &mut world.tally, edit);
        }
        write_through(&mut world, 0, 3);
        if reloads {
            world.people[1].reload(&mut world.server);
        }
        world.settle();
        world.check();
        assert!(world.generations() >= 5);
        // What was brought along goes through a switch like everything else.
        write_through(&mut world, 0, 1);
        world.settle();
        world.check();
    }
}

/// What was accepted just before the connection broke is not written a second time, also when the generation ended since.
#[test]
fn what_was_accepted_unheard_is_not_brought_twice() {
    let mut world = World::new(12, 2);
    world.settle();
    let edit = Edit { kind: 0, a: 0, b: 3 };
    world.people[1].edit(&mut world.server, &mut world.tally, edit);
    world.server.pass(1_100);
    world.people[1].tick(&mut world.server);
    world.people[1].cut(&mut world.server);
    let again = Edit { kind: 0, a: 0, b: 2 };
    world.people[1].edit(&mut world.server, &mut world.tally, again);
    write_through(&mut world, 0, 2);
    world.settle();
    world.check();
}

#[test]
fn who_is_there_while_a_generation_ends_goes_on_typing() {
    let mut world = World::new(12, 2);
    for round in 0..240_u16 {
        let edit = Edit {
            kind: [0, 4, 4, 3, 8, 4, 4, 7][usize::from(round % 8)],
            a: round / 8,
            b: round.wrapping_mul(31),
        };
        // Between any two frames, one types on.
        world.people[1].edit(&mut world.server, &mut world.tally, edit);
        world.people[1].hear(&mut world.server);
        world.people[1].tick(&mut world.server);
        world.server.pass(150);
        world.people[0].hear(&mut world.server);
    }
    world.settle();
    world.check();
    assert!(world.generations() > 3, "{}", world.generations());
}
