// Words that could not be sent, for someone who may not open the plan any more: they stay reachable for their author.
//
// Why it exists: whoever loses their role while offline comes back to a plan that is closed to them. What they
// wrote lies on their own device and is theirs to copy.
import { useEffect } from "react";
import { useSession } from "../app/session.tsx";
import { RefusedPanel } from "./RefusedPanel.tsx";
import { refusalsOf } from "./refusedWords.ts";
import { useChapterView } from "./useChapterView.ts";

interface KeptWordsProps {
  readonly planId: string;
  readonly chapterId: string;
  /** The server has opened the chapter after all. */
  readonly onOpen: () => void;
}

export default function KeptWords({ planId, chapterId, onOpen }: KeptWordsProps) {
  const { person, party } = useSession();
  const { element, view, state } = useChapterView({ planId, chapterId, person, party, label: "", describedBy: "" });
  const isOpen = state?.status === "saved" || state?.status === "saving";
  useEffect(() => {
    if (isOpen) onOpen();
  }, [isOpen, onOpen]);
  return (
    <>
      {view !== null && state !== null && refusalsOf(state.refused).map((refusal) => <RefusedPanel key={refusal[0].id} refusal={refusal} standing="closed" onDiscard={view.discardRefused} />)}
      <div ref={element} hidden />
    </>
  );
}
