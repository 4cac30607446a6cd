//! Random appends and reopenings: every engine answers and holds the same, record for record.

use proptest::prelude::*;

use super::*;

/// One thing done to the log. Ids, streams and payloads come from small sets, so that repeats, reuse and
/// conflicts happen all the time.
#[derive(Debug, Clone)]
enum Step {
    Append(Vec<AppendRequest>),
    Erase(PlanId, Position, Extent),
    Reopen,
}

fn streams() -> impl Strategy<Value = Stream> {
    prop::sample::select(vec![text(), Stream::Plan, Stream::Rights])
}

fn events() -> impl Strategy<Value = NewEvent> {
    (0..30_u32, streams(), 0..8_u8).prop_map(|(number, stream, payload)| NewEvent {
        // Mostly the same content for the same id, sometimes another.
        stream: if payload == 0 { stream } else { Stream::Plan },
        payload: if payload == 1 {
            Arc::from([])
        } else {
            Arc::from(number.to_be_bytes())
        },
        ..event(number, Stream::Plan)
    })
}

fn requests() -> impl Strategy<Value = AppendRequest> {
    let expected = prop_oneof![
        Just(Expected::NoStream),
        (0..12_u64).prop_map(|revision| Expected::Exact(Revision(revision))),
    ];
    let guards = (streams(), expected).prop_map(|(stream, expected)| Guard { stream, expected });
    let plans = prop::sample::select(vec![PLAN, PLAN, OTHER_PLAN]);
    let batches = prop::collection::vec(events(), 1..4);
    (plans, batches, prop::collection::vec(guards, 0..2)).prop_map(|(plan, events, guards)| AppendRequest {
        plan,
        events,
        guards,
    })
}

fn erasures() -> impl Strategy<Value = Step> {
    let plans = prop::sample::select(vec![PLAN, PLAN, OTHER_PLAN]);
    let extents = prop::sample::select(vec![Extent::Payload, Extent::PayloadAndEnvelopeSalt]);
    (plans, 0..40_u64, extents)
        .prop_map(|(plan, position, extent)| Step::Erase(plan, Position(position), extent))
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => erasures(),
        9 => prop::collection::vec(requests(), 1..5).prop_map(Step::Append),
        1 => Just(Step::Reopen),
    ]
}

/// Everything that was answered, and everything held at the end.
fn run<S: Subject>(steps: &[Step]) -> (Vec<String>, Vec<Record>) {
    let mut subject = S::fresh();
    let mut answers = Vec::new();
    for (step, now) in steps.iter().zip(1_000..) {
        match step {
            Step::Append(group) => {
                let group = append_group_at(subject.log(), now, group.clone());
                answers.extend(group.iter().map(|answer| format!("{answer:?}")));
            }
            Step::Erase(plan, position, extent) => {
                let erased = subject.log().erase(*plan, *position, *extent);
                answers.push(format!("{erased:?}"));
            }
            Step::Reopen => subject = subject.reopen(),
        }
    }
    // Taken over by the memory engine, a whole log gives the same log.
    let taken = MemoryLog::new(subject.log().incarnation());
    let mut held = Vec::new();
    for plan in subject.log().plans() {
        for selector in [
            Selector::All,
            Selector::Stream(text()),
            Selector::Stream(Stream::Plan),
        ] {
            let request = ReadRequest {
                plan,
                selector,
                from: 0,
                direction: Direction::Forward,
                limit: 4_096,
            };
            let page = subject.log().read(&request).unwrap();
            if request.selector == Selector::All {
                taken.adopt(plan, page.clone()).unwrap();
            }
            assert_eq!(taken.read(&request).unwrap(), page);
            held.extend(page);
        }
    }
    (answers, held)
}

fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    // Each case opens logs on disk; soak runs ask for more by the environment.
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() {
        default.cases
    } else {
        24
    };
    ProptestConfig { cases, ..default }
}

proptest! {
    #![proptest_config(config())]
    #[test]
    fn sled_and_memory_agree(steps in prop::collection::vec(steps(), 1..25)) {
        let (memory, on_disk) = (run::<Memory>(&steps), run::<OnDisk>(&steps));
        prop_assert_eq!(memory.0, on_disk.0);
        prop_assert_eq!(memory.1, on_disk.1);
    }

    #[test]
    fn segments_and_memory_agree(steps in prop::collection::vec(steps(), 1..25)) {
        let (memory, in_segments) = (run::<Memory>(&steps), run::<InSegments>(&steps));
        prop_assert_eq!(memory.0, in_segments.0);
        prop_assert_eq!(memory.1, in_segments.1);
    }
}
