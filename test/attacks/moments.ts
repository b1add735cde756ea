// What the tests of single moments share: usual grants, and a ground that goes away afterwards.
import { Ground } from "./ground.ts";

export const ALL = ["allow:read,list,write,delete:fs:/app/**"];
export const FAMILY = ["allow:spawn:process:/children", "allow:execute:image:/coding"];

export async function on(work: (ground: Ground) => Promise<void>): Promise<void> {
  const ground = new Ground();
  try {
    await work(ground);
  } finally {
    ground.close();
  }
}
