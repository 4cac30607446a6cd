// One polite voice for the whole application: what changed without the focus moving.
import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef, useState } from "react";
import { useSessionActions } from "../app/session.tsx";

const Voice = createContext<(text: string) => void>(() => undefined);

/** Says something politely to screen readers. */
export function useVoice(): (text: string) => void {
  return useContext(Voice);
}

export function VoiceProvider({ children }: { children: ReactNode }) {
  const [said, setSaid] = useState({ text: "", count: 0 });
  const { known } = useSessionActions();
  const who = known.state === "in" ? known.session.person.id : null;
  // What was said to one person does not wait for the next.
  useEffect(() => setSaid({ text: "", count: 0 }), [who]);
  const say = useCallback((text: string) => setSaid((before) => ({ text, count: before.count + 1 })), []);
  return (
    <Voice value={say}>
      {children}
      <div className="only-heard" role="status" aria-live="polite">
        <span key={said.count}>{said.text}</span>
      </div>
    </Voice>
  );
}

/** Says a sentence whenever it becomes another one, but not the first time. */
export function useVoiceOnChange(sentence: string): void {
  const say = useVoice();
  const last = useRef(sentence);
  useEffect(() => {
    if (last.current !== sentence) say(sentence);
    last.current = sentence;
  }, [sentence, say]);
}
