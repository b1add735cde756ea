// The command `answer`: it answers a waiting question without a terminal. The agent goes on with `resume`.
import { EXIT } from "../abi/cli.ts";
import { isFault } from "../abi/errors.ts";
import type { Answer, Question } from "../abi/question.ts";
import { ALLOW_ONCE, DENY } from "../kernel/questions/kinds.ts";
import { UsageError, type AnswerOrder } from "./arguments.ts";
import { asWriter } from "./record/writing.ts";
import { openView, type Machine, type OpenRecord } from "./runtime.ts";
import { questionText, questionView, type QuestionView } from "../views/questions/question.ts";
import { waysOf } from "../views/questions/ways.ts";
import { english } from "../views/words/translate.ts";

/** Runs the command: the list of what waits, one whole question, or an answer to it. Gives its exit code. */
export async function answerCommand(
  on: Machine,
  workspaces: readonly string[],
  { question: named, answer }: AnswerOrder,
): Promise<number> {
  const { seen, code } = await openView(on, workspaces);
  if (code !== EXIT.finished) return code;
  const waiting = waitingIn(seen);
  if (named === undefined) {
    await on.say(
      waiting.length === 0 ? "No question waits.\n" : waiting.map((q) => show(seen, q)).join("\n"),
    );
    return EXIT.finished;
  }
  const question = find(waiting, named);
  const view = viewOf(seen, question);
  if (answer === undefined) {
    await on.say(`${show(seen, question)}\n${choices(view)}\n`);
    return EXIT.finished;
  }
  return give(on, workspaces, view, readAnswer(view, answer), seen);
}

/** Opens the record to write, lets nothing run, and answers. */
async function give(
  on: Machine,
  workspaces: readonly string[],
  { id }: QuestionView,
  given: Answer,
  seen: OpenRecord,
): Promise<number> {
  return asWriter(on, workspaces, seen, async ({ kernel, person }) => {
    await kernel.stop();
    const answered = kernel.answer(person, id, given);
    if (isFault(answered)) {
      await on.complain(`${answered.message} ${answered.hint}\n`);
      return EXIT.failed;
    }
    await kernel.durable();
    await on.say(`${id} is answered: ${given.text ?? (given.allow ? "allowed once" : "denied")}.\n`);
    await on.say("Its agent goes on with: agentlibos resume\n");
    return EXIT.finished;
  });
}

function waitingIn({ kernel }: OpenRecord): Question[] {
  const all = [...kernel.state.questions.values()];
  return all.filter((asked) => asked.outcome === undefined).map((asked) => asked.question);
}

/** The question of an id. A once-only question is found by its own id alone, any other also by its call. */
function find(waiting: readonly Question[], named: string): Question {
  const found = waiting.find((q) => q.id === named) ?? waiting.find((q) => q.call === named);
  const ids = waiting.map((q) => q.id).join(", ");
  if (found === undefined)
    throw new UsageError(`no question "${named}" waits; ${ids === "" ? "none does" : `there are: ${ids}`}`);
  if (found.id !== named && found.asks.some((ask) => ask.once || ask.secret))
    throw new UsageError(`this question is once only: name it by its own id, ${found.id}`);
  return found;
}

/** The whole question. From here it is allowed once only, so no wider offer is shown. */
function viewOf({ kernel, person }: OpenRecord, question: Question): QuestionView {
  const view = questionView(english, kernel, question, kernel.previewOf(question), person, true);
  return { ...view, offers: view.offers.filter((offer) => offer.scope === "once") };
}

function show(seen: OpenRecord, question: Question): string {
  return questionText(english, viewOf(seen, question));
}

/** The commands that answer a question. */
function choices(view: QuestionView): string {
  const type = (words: string): string => `agentlibos answer ${view.id} ${words}`;
  const ways = waysOf(english, view).map(({ id, remark }) => {
    const typed = type(id.includes(" ") ? `"${id}"` : id);
    return remark === undefined ? typed : `${typed} ${remark}`;
  });
  const all = view.answering.by === "words" ? [type('"your answer"'), type("deny")] : ways;
  const last = all.at(-1) ?? "";
  return `Answer it with: ${all.length < 2 ? last : `${all.slice(0, -1).join(", ")}, or: ${last}`}`;
}

/** The answer that a word or a text means for this question. */
function readAnswer(view: QuestionView, text: string): Answer {
  if (text === "deny") return DENY;
  if (view.answering.by === "words") return { ...ALLOW_ONCE, text };
  const way = waysOf(english, view).find(({ id }) => id === text);
  if (way !== undefined) return way.answer;
  throw new UsageError(`"${text}" is no answer to ${view.id}. ${choices(view)}`);
}
