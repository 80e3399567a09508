import { describe, expect, it } from "vitest";
import { previewOf } from "./model";
import { refusal } from "./upload_queue";

const limits = { max_file_bytes: 100, piece_bytes: 10, refused_extensions: [".zip"] };
const words = {
  empty: "empty",
  tooLarge: (limit: number) => `over ${limit}`,
  kind: (ending: string) => `no ${ending}`,
};

describe("refusal", () => {
  it("tells before sending what cannot be taken", () => {
    expect(refusal({ name: "a.txt", size: 0 }, limits, words)).toBe("empty");
    expect(refusal({ name: "a.txt", size: 101 }, limits, words)).toBe("over 100");
    expect(refusal({ name: "A.ZIP", size: 5 }, limits, words)).toBe("no .zip");
    expect(refusal({ name: "a.txt", size: 100 }, limits, words)).toBe("");
  });
});

describe("previewOf", () => {
  it("never shows pictures that may hold script", () => {
    expect(previewOf({ filename: "a.svg" })).toBe("none");
    expect(previewOf({ filename: "a.PDF" })).toBe("pages");
    expect(previewOf({ filename: "a.html" })).toBe("text");
  });
});
