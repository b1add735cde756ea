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
    description: `See an agent ask, be allowed and be denied, without a model.\n${button("Run the Tour", "runTour")}`,
    done: ran("runTour"),
  },
  model: {
    title: "Choose a model",
    description: `Say which model New Agent proposes first.\n${button("Select Model", "selectModel")}\n${button("Set API Key", "setApiKey")}`,
    done: ran("selectModel", "setApiKey"),
  },
  authority: {
    title: "Know what an agent may do",
    description:
      "An agent can do only what you allow.\n[Choose the Profile](command:workbench.action.openSettings?%22agentlibos.profile%22)",
    done: ["onSettingChanged:agentlibos.profile", ...ran("showAuthority"), "onView:agentlibos.approvals"],
  },
  agent: {
    title: "Start your first agent",
    description: `Write a goal, choose a model and what it may do.\n${button("New Agent", "newAgent")}`,
    done: ["onContext:agentlibos.agents"],
  },
  verify: {
    title: "Verify the record",
    description: `Check that what is on the record is what happened.\n${button("Verify Audit Log", "verifyAuditLog")}`,
    done: ran("verifyAuditLog"),
  },
};
