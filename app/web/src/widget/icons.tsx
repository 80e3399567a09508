const PATHS = {
  chat: "M4 5.5A2.5 2.5 0 0 1 6.5 3h11A2.5 2.5 0 0 1 20 5.5v8a2.5 2.5 0 0 1-2.5 2.5H11l-4.6 4v-4A2.5 2.5 0 0 1 4 13.5z",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4 12l16-8-6 16-2.5-6.5z",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  up: "M7 11v9H4v-9zM7 11l4-8a2 2 0 0 1 2.4 2.3L13 9h5.5a2 2 0 0 1 2 2.4l-1.3 6.8a2 2 0 0 1-2 1.8H7",
  down: "M17 13V4h3v9zM17 13l-4 8a2 2 0 0 1-2.4-2.3L11 15H5.5a2 2 0 0 1-2-2.4l1.3-6.8a2 2 0 0 1 2-1.8H17",
  link: "M14 4h6v6M20 4l-9 9M18 14v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1h5",
  page: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0",
  again: "M20 11a8 8 0 1 0-2.3 6.3M20 4v7h-7",
  wait: "M12 7v5l3 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
  save: "M12 4v11M7 11l5 5 5-5M4 20h16",
  globe: "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
  down_arrow: "M12 5v14M6 13l6 6 6-6",
};

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="w-icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
