// Who puts a message away goes on writing where they were; who was not writing is not brought into the text.
import { expect, test } from "vitest";
import { cameFromText, type Where } from "./wayBack.ts";

/** Whether one came from the text, after the focus was in these places one after the other. */
function after(...places: Where[]): boolean {
  let from: Where = "elsewhere";
  let came = false;
  for (const to of places) {
    came = cameFromText(came, from, to);
    from = to;
  }
  return came;
}

test("who goes from the text to a message, and on to its button, comes from the text", () => {
  expect([after("text"), after("text", "beside"), after("text", "beside", "beside")]).toEqual([true, true, true]);
});

test("who comes to a message from elsewhere does not, whatever they did before", () => {
  expect([after("beside"), after("elsewhere", "beside", "beside"), after("text", "elsewhere", "beside"), after("text", "beside", "elsewhere")]).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
