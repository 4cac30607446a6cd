// The line one comes to stands clear of the bars, however high they are now.
import { expect, test } from "vitest";
import { roomOn } from "./room.ts";

test("the room is what the page leaves free now, and a little where it says nothing", () => {
  const padding = { start: "80px", end: "auto" };
  const room = roomOn((side) => padding[side]);
  expect([room.top, room.bottom]).toEqual([80, 5]);
  Object.assign(padding, { start: "53.5px", end: "96px" });
  expect([room.top, room.bottom]).toEqual([53.5, 96]);
});
