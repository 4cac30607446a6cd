// Words that could not be sent, for someone who may not open the plan any more: they stay reachable for their author.
//
// Why it exists: whoever loses their role while offline comes back to a plan that is closed to them. What they
// wrote lies on their own device and is theirs to copy.
import { useSession } from "../app/session.tsx";
import { RefusedPanel } from "./RefusedPanel.tsx";
import { useChapterView } from "./useChapterView.ts";

export default function KeptWords({ planId, chapterId }: { planId: string; chapterId: string }) {
  const { person, party } = useSession();
  const { element, view, state } = useChapterView({ planId, chapterId, person, party, label: "", describedBy: "" });
  return (
    <>
      {view !== null && state?.refused.map((words) => <RefusedPanel key={words.id} words={words} onDiscard={() => view.discardRefused(words.id)} />)}
      <div ref={element} hidden />
    </>
  );
}
