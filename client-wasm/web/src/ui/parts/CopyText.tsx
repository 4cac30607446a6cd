// Something to copy whole: as text that can be selected, with a button that says whether it worked.
import { Button } from "@utrecht/component-library-react";
import { useState } from "react";
import { useSay } from "../../i18n/words.ts";
import { useVoice } from "./live.tsx";

interface CopyTextProps {
  readonly text: string;
  /** What the button says: "Kopieer het adres". */
  readonly label: string;
  /** Said once it is copied. */
  readonly copied: string;
  readonly look?: "primary-action-button" | "secondary-action-button";
}

export function CopyText({ text, label, copied, look = "secondary-action-button" }: CopyTextProps) {
  const { t } = useSay();
  const say = useVoice();
  const [told, setTold] = useState<string | null>(null);
  const copy = async () => {
    let sentence = copied;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      sentence = t("programs.copyFailed");
    }
    setTold(sentence);
    say(sentence);
  };
  return (
    <>
      <p>
        <code className="address">{text}</code>
      </p>
      <div className="row">
        <Button appearance={look} onClick={() => void copy()}>
          {label}
        </Button>
        {told !== null && <span className="meta">{told}</span>}
      </div>
    </>
  );
}
