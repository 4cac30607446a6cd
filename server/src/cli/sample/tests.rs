//! The sample that ships loads whole, through the core that everybody uses, and a second load changes nothing.

use super::*;
use crate::http::app::Settings;
use crate::node::Node;

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_loads_once_and_is_kept() {
    let data = tempfile::tempdir().unwrap();
    let node = Node::open_whole(data.path(), Settings::default()).await.unwrap();
    assert!(load(&node.app).await.unwrap());
    let look = |node: &Node| {
        node.app
            .views
            .look(plan_id(), |view| {
                let owners: std::collections::BTreeSet<_> = view
                    .state
                    .commitments
                    .values()
                    .filter_map(|known| known.content.owner)
                    .collect();
                (
                    view.state.chapters.len(),
                    view.state.commitments.len(),
                    owners.len(),
                )
            })
            .unwrap()
    };
    let (chapters, commitments, owners) = look(&node);
    assert!(chapters >= 8, "{chapters} chapters");
    assert!(
        commitments >= 12 && owners >= 10,
        "{commitments} commitments of {owners} parties"
    );
    assert_eq!(people().unwrap().len(), 5);
    let length = node.app.log.next_position(plan_id());
    // What a second load would ask is known, also where it does not see at once that the first one was whole.
    let sample = sample().unwrap();
    let again = Loader {
        app: &node.app,
        plan: plan_id(),
        sample: &sample,
        chapters: BTreeMap::new(),
        asked: RefCell::default(),
    };
    again.load().await.unwrap();
    assert_eq!(node.app.log.next_position(plan_id()), length);
    assert!(!load(&node.app).await.unwrap());
    assert_eq!(node.app.log.next_position(plan_id()), length);
}
