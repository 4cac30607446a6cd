// Times near midnight, near summer time and in other years read as people in Amsterdam expect them.
import { describe, expect, test } from "vitest";
import { day, localDate, moment, nextLocalDate, span, startOfLocalDate } from "./dates.ts";

const nl = { locale: "nl-NL", today: "vandaag", yesterday: "gisteren" };
const now = new Date("2026-11-22T12:00:00Z");

describe("moment", () => {
  test("names today and yesterday by the local day, not the UTC day", () => {
    expect(moment(new Date("2026-11-21T23:30:00Z"), now, nl)).toBe("vandaag 00:30");
    expect(moment(new Date("2026-11-21T22:30:00Z"), now, nl)).toBe("gisteren 23:30");
  });

  test("names the day of this year without the year, of another year with it", () => {
    expect(day(new Date("2026-03-07T10:00:00Z"), now, nl)).toBe("7 maart");
    expect(day(new Date("2025-12-07T10:00:00Z"), now, nl)).toBe("7 december 2025");
  });

  test("knows summer time", () => {
    expect(moment(new Date("2026-07-01T10:00:00Z"), now, nl)).toBe("1 juli 12:00");
  });
});

describe("span", () => {
  test("says the day once", () => {
    expect(span(new Date("2026-11-22T08:05:00Z"), new Date("2026-11-22T08:20:00Z"), now, nl)).toBe("vandaag 09:05–09:20");
  });
  test("says one time when it took less than a minute", () => {
    expect(span(new Date("2026-11-22T08:05:01Z"), new Date("2026-11-22T08:05:40Z"), now, nl)).toBe("vandaag 09:05");
  });
  test("says both days over midnight", () => {
    expect(span(new Date("2026-11-21T22:50:00Z"), new Date("2026-11-21T23:10:00Z"), now, nl)).toBe("gisteren 23:50 – vandaag 00:10");
  });
});

describe("local dates", () => {
  test("read in words, and unreadable ones stay what they are", () => {
    expect(localDate("2027-06-30", nl)).toBe("30 juni 2027");
    expect(localDate("binnenkort", nl)).toBe("binnenkort");
  });
  test("begin at local midnight, in winter, in summer and on the days the clock changes", () => {
    expect(startOfLocalDate("2026-01-15")).toBe("2026-01-14T23:00:00.000Z");
    expect(startOfLocalDate("2026-07-15")).toBe("2026-07-14T22:00:00.000Z");
    expect(startOfLocalDate("2026-03-29")).toBe("2026-03-28T23:00:00.000Z");
    expect(startOfLocalDate("2026-03-30")).toBe("2026-03-29T22:00:00.000Z");
    expect(startOfLocalDate("2026-10-25")).toBe("2026-10-24T22:00:00.000Z");
  });
  test("have a next one", () => {
    expect(nextLocalDate("2026-12-31")).toBe("2027-01-01");
  });
});
