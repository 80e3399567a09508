import { catalogue, language } from "./i18n";

const t = catalogue({
  en: {
    offline:
      "There is no connection. What you see may be out of date; it goes on by itself when the connection is back.",
    timeout: "The server took too long to answer. Try again.",
    unauthenticated: "You are signed out. Sign in to go on.",
    forbidden: "Your account may not do this.",
    missing: "This no longer exists, or it is not for you.",
    conflict: "Somebody changed this in the meantime.",
    tooLarge: "This is too large.",
    rejected: "This was not accepted.",
    later: (seconds: number) => `Too many attempts. Try again in ${seconds} s.`,
    laterUnknown: "Too many attempts. Try again in a moment.",
    unavailable: "A part of the service is not answering. It usually comes back by itself; try again in a moment.",
    broken: "Something went wrong on the server.",
  },
  zh: {
    offline: "网络已断开。当前内容可能不是最新的，恢复连接后会自动继续。",
    timeout: "服务器响应超时，请重试。",
    unauthenticated: "您已退出登录，请重新登录后继续。",
    forbidden: "您的账号没有此操作的权限。",
    missing: "内容已不存在，或您无权查看。",
    conflict: "内容已被他人修改。",
    tooLarge: "内容过大。",
    rejected: "提交的内容未被接受。",
    later: (seconds) => `尝试次数过多，请在 ${seconds} 秒后重试。`,
    laterUnknown: "尝试次数过多，请稍后重试。",
    unavailable: "服务的某个部分暂时没有响应，通常会自动恢复，请稍后重试。",
    broken: "服务器出错了。",
  },
});

/** One thing that is wrong with what was sent: a JSON pointer and a sentence. */
export interface ProblemItem {
  pointer: string;
  detail: string;
}

/** An RFC 9457 problem as the API sends it. */
export interface Problem {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  request_id?: string;
  errors?: ProblemItem[];
}

/** Why a request did not do what it should: status 0 is no connection, 408 no answer in time. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem;
  readonly retryAfterSeconds: number;

  constructor(status: number, problem: Problem = {}, retryAfterSeconds = 0) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get requestId(): string {
    return this.problem.request_id ?? "";
  }

  /** Whether the same request may succeed a little later. */
  get isPassing(): boolean {
    return [0, 408, 429, 502, 503, 504].includes(this.status);
  }

  /** One or two sentences for the person, in the language in force. Subscribes the component that calls it. */
  get sentence(): string {
    const general = this.general();
    const detail = this.problem.detail ?? "";
    if (!detail || ![400, 409, 413, 415, 422].includes(this.status)) return general;
    const told = detail.charAt(0).toUpperCase() + detail.slice(1) + (/[.!?。！？]$/.test(detail) ? "" : ".");
    return language.value === "zh" ? `${general}（${told.replace(/\.$/, "")}）` : told;
  }

  private general(): string {
    if (this.status === 429) return this.retryAfterSeconds > 0 ? t.later(this.retryAfterSeconds) : t.laterUnknown;
    const sentences: Record<number, string> = {
      0: t.offline,
      401: t.unauthenticated,
      403: t.forbidden,
      404: t.missing,
      408: t.timeout,
      409: t.conflict,
      413: t.tooLarge,
      502: t.unavailable,
      503: t.unavailable,
      504: t.unavailable,
    };
    return sentences[this.status] ?? (this.status >= 500 ? t.broken : t.rejected);
  }
}

/** Anything thrown, as an ApiError; an unknown error is reported to the console and shown as "something went wrong". */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  console.error(error);
  return new ApiError(500);
}
