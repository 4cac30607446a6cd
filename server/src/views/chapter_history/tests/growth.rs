//! A chapter that went on in fresh documents has one past: nobody who looks back meets a seam.

use schema::text::history::difference::Fate;

use super::world::SERVER;
use super::*;

/// Written in three generations: Anna and Bram in the first, Bram in the second, Anna in the third.
struct Scene {
    world: World,
    first: Position,
    second: Position,
    third: Position,
}

fn scene() -> Scene {
    let mut world = World::new();
    world.write(ANNA, 0, 0, "Zorg dichtbij");
    let first = world.write(BRAM, 4, 0, " en welzijn");
    world.grow();
    // Bram deletes what Anna wrote in a generation that is over. A fresh document begins with a marker.
    let second = world.write(BRAM, 16, 9, "");
    world.grow();
    let third = world.write(ANNA, 16, 0, " voor iedereen");
    Scene {
        world,
        first,
        second,
        third,
    }
}

/// Who wrote each stretch of the text at a position.
fn authors(past: &Past, position: Option<Position>) -> Vec<(String, ActorRef)> {
    let view = past.view(past.revision_at(position).unwrap());
    let lines = view.blame(past.author(|who| who));
    let runs = lines.into_iter().flat_map(|line| line.runs);
    runs.map(|run| (run.text, past.at(run.written).unwrap().who))
        .collect()
}

fn words(pieces: &[(&str, ActorRef)]) -> Vec<(String, ActorRef)> {
    pieces
        .iter()
        .map(|(text, who)| ((*text).to_owned(), *who))
        .collect()
}

#[test]
fn who_wrote_a_word_first_is_told_through_every_fresh_document() {
    let scene = scene();
    ask(&histories(&scene.world), |past| {
        let whole = [("Zorg", ANNA), (" en welzijn", BRAM), (" dichtbij", ANNA)];
        assert_eq!(authors(past, Some(scene.first)), words(&whole));
        assert_eq!(authors(past, Some(scene.second)), words(&whole[..2]));
        let now = [("Zorg", ANNA), (" en welzijn", BRAM), (" voor iedereen", ANNA)];
        assert_eq!(authors(past, None), words(&now));
        assert_eq!(past.generation().unwrap().0, 3);
    });
}

#[test]
fn two_positions_of_different_generations_are_compared_word_by_word() {
    let scene = scene();
    ask(&histories(&scene.world), |past| {
        let at = |position| past.revision_at(Some(position)).unwrap();
        let between = |from, to| {
            let difference = past
                .history()
                .difference(at(from), at(to), past.author(|who| who));
            let runs = difference.lines.iter().flat_map(|line| &line.runs);
            let came: String = runs
                .clone()
                .filter(|run| matches!(run.fate, Fate::Inserted(_)))
                .map(|run| run.text.as_str())
                .collect();
            let went: String = runs
                .filter(|run| matches!(run.fate, Fate::Deleted(_)))
                .map(|run| run.text.as_str())
                .collect();
            let by: Vec<ActorRef> = difference
                .deleted
                .keys()
                .filter_map(|revision| Some(past.at((*revision)?)?.who))
                .collect();
            (came, went, by)
        };
        let gone = " dichtbij".to_owned();
        assert_eq!(
            between(scene.first, scene.second),
            (String::new(), gone.clone(), vec![BRAM])
        );
        assert_eq!(
            between(scene.first, scene.third),
            (" voor iedereen".to_owned(), gone, vec![BRAM])
        );
        assert_eq!(
            between(scene.second, scene.third),
            (" voor iedereen".to_owned(), String::new(), Vec::new())
        );
    });
}

#[test]
fn a_chapter_is_brought_back_from_a_generation_that_is_over_and_its_words_keep_their_author() {
    let mut scene = scene();
    scene.world.restore(BRAM, scene.first, &Scope::Chapter);
    for _ in 0..2 {
        ask(&histories(&scene.world), |past| {
            let whole = [("Zorg", ANNA), (" en welzijn", BRAM), (" dichtbij", ANNA)];
            assert_eq!(
                authors(past, None),
                words(&whole),
                "Bram brought it back, Anna wrote it"
            );
        });
        // Also when the chapter goes on once more.
        scene.world.grow();
    }
    let undone = scene.world.restore(ANNA, scene.third, &Scope::Chapter);
    ask(&histories(&scene.world), |past| {
        assert_eq!(text(past, None), "Zorg en welzijn voor iedereen");
        assert_eq!(past.restore(undone).unwrap().restored.to_position, scene.third);
    });
}

#[test]
fn a_fresh_document_is_nobodys_work_and_ends_no_session() {
    let scene = scene();
    ask(&histories(&scene.world), |past| {
        let sessions = past.sessions(|who| who);
        assert_eq!(sessions.len(), 1, "they wrote without a pause");
        let work = &sessions[0].session.work;
        assert!(!work.contains_key(&SERVER));
        assert_eq!((work[&ANNA].inserted, work[&BRAM].deleted), (27, 9));
    });
}
