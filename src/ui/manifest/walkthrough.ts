// The walkthrough: the first steps of a person who has just installed this, as a table for the manifest.

export interface Step {
  readonly title: string;
  readonly description: string;
  /** What ticks it off. */
  readonly done: readonly string[];
}

const button = (label: string, command: string): string => `[${label}](command:agentlibos.${command})`;
const ran = (...commands: string[]): string[] => commands.map((name) => `onCommand:agentlibos.${name}`);

export const WALKTHROUGH = "start";

/** By the name of the file in media/walkthrough that stands beside the step. */
export const STEPS: Readonly<Record<string, Step>> = {
  tour: {
    title: "Take the tour",
    description: `A scripted agent works in a small project of its own: it asks, is allowed, is denied, and its record is checked. It needs no model and no network.\n${button("Run the Tour", "runTour")}`,
    done: ran("runTour"),
  },
  model: {
    title: "Choose a model",
    description: `New Agent asks for a model each time; this one it proposes first. Without one, take the scripted demo.\n${button("Select Model", "selectModel")}\n${button("Set API Key", "setApiKey")}`,
    done: ran("selectModel", "setApiKey"),
  },
  authority: {
    title: "Know what an agent may do",
    description:
      "An agent can do only what you allow. New Agent shows the whole list before it starts; the profile says which list comes first.\n[Choose the Profile](command:workbench.action.openSettings?%22agentlibos.profile%22)",
    done: ["onSettingChanged:agentlibos.profile", ...ran("showAuthority"), "onView:agentlibos.approvals"],
  },
  agent: {
    title: "Start your first agent",
    description: `Write a goal, choose a model and what it may do. When the agent wants to write, its request appears under Approvals: open it, look at the change, and choose Allow Once or Deny.\n${button("New Agent", "newAgent")}`,
    done: ["onContext:agentlibos.agents"],
  },
  verify: {
    title: "Verify the record",
    description: `Check that every byte of the record is what was written.\n${button("Verify Audit Log", "verifyAuditLog")}`,
    done: ran("verifyAuditLog"),
  },
};
