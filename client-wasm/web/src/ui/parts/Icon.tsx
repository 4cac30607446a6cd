// A handful of line icons, drawn here so that nothing is fetched; always beside words, so hidden from screen readers.

const PATHS = {
  brand: "M4 20h16M6.5 15.5 16.5 5.5l3 3L9.5 18.5 5.5 19.5z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c.8-3.6 3.8-5.5 7.5-5.5s6.700 1.900 7.500 5.500",
  book: "M4 5.500c3-1.200 5.600-1 8 .8 2.400-1.800 5-2 8-.8V19c-3-1.200-5.600-1-8 .8-2.400-1.800-5-2-8-.8zM12 6.300v13.500",
  handshake: "M8.500 4h7v3h-7zM8.500 5.500H5.500V20h13V5.500h-3M9 13l2.200 2.200L15.300 11",
  gavel: "M5 20h14M12 4v16M12 6 5 8l-2 5.500a3 3 0 0 0 5 0L6 8M12 6l7 2 2 5.500a3 3 0 0 1-5 0L18 8",
  more: "M4 7h16M4 12h16M4 17h16",
  people: "M9 11.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 19.500c.6-3.200 3.200-5 6.500-5s5.900 1.800 6.500 5M16 5a3.300 3.300 0 0 1 0 6.300M18 14.800c2 .7 3.200 2.300 3.500 4.700",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5.200l3.500 2.100",
  settings: "M4 7h9M17 7h3M15 4.800v4.400M4 12h3M11 12h9M9 9.800v4.400M4 17h9M17 17h3M15 14.800v4.400",
  undo: "M8 5 4 9l4 4M4.500 9H14a5 5 0 0 1 0 10H9",
  redo: "m16 5 4 4-4 4M19.500 9H10a5 5 0 0 0 0 10h5",
  link: "M10 14a4 4 0 0 0 5.700 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3A4 4 0 0 0 11 18.700l1-1",
  bullet: "M9 6h11M9 12h11M9 18h11M4.500 6h.01M4.500 12h.01M4.500 18h.01",
  ordered: "M10 6h10M10 12h10M10 18h10M4 4.500 5.500 4v4.500M3.800 13.300c0-1.300 2.600-1.500 2.600.1 0 1.200-2.600 2.100-2.600 3.100h2.700",
  indent: "M4 5h16M11 10h9M11 14h9M4 19h16M4 9.500 7 12l-3 2.500",
  outdent: "M4 5h16M11 10h9M11 14h9M4 19h16M7 9.500 4 12l3 2.500",
  quote: "M5 17V12.500C5 9 6.500 7.500 9.500 7M5 12.500h4.500V17H5M14 17v-4.500c0-3.500 1.500-5 4.500-5.500M14 12.500h4.500V17H14",
  seal: "M12 3.500 5 6v5.500c0 4.300 2.800 7.400 7 9 4.200-1.600 7-4.700 7-9V6zM8.800 12l2.300 2.300 4.200-4.300",
  check: "m5 12.500 4.500 4.500L19 7.500",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="none" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
