import { beforeEach, describe, expect, it } from "vitest";
import { formatBytes, formatDuration, formatRelative } from "./format";
import { catalogue, chooseLanguage, plural } from "./i18n";

const NOW = new Date("2026-08-01T12:00:00Z");
const ago = (seconds: number) => formatRelative(new Date(NOW.getTime() - seconds * 1000), NOW);

describe("format", () => {
  beforeEach(() => chooseLanguage("en"));

  it("says times from now in both languages", () => {
    expect([ago(2), ago(90), ago(3 * 3600), ago(-86_400 * 3)]).toEqual([
      "now",
      "1 minute ago",
      "3 hours ago",
      "in 3 days",
    ]);
    chooseLanguage("zh");
    expect(ago(3 * 3600)).toBe("3小时前");
  });

  it("says sizes and durations with few digits", () => {
    expect([0, 1536, 200 * 1024 * 1024].map(formatBytes)).toEqual(["0 B", "1.5 kB", "200 MB"]);
    expect([0.34, 12.34, 7500].map(formatDuration)).toEqual(["340 ms", "12 sec", "2 hr 5 min"]);
  });

  it("changes messages with the language, also those that take values", () => {
    const t = catalogue({
      en: { hello: "Hello", found: (count: number) => plural(count, "1 file", "# files") },
      zh: { hello: "你好", found: (count) => `${count} 个文件` },
    });
    expect([t.hello, t.found(1), t.found(2000)]).toEqual(["Hello", "1 file", "2,000 files"]);
    chooseLanguage("zh");
    expect([t.hello, t.found(2)]).toEqual(["你好", "2 个文件"]);
    expect(document.documentElement.lang).toBe("zh-CN");
  });
});
