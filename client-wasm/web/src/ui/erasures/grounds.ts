// The legal grounds on which content is erased, in the order in which they are offered.
import type { ErasureGround } from "../../api/types.ts";

export const GROUNDS: readonly ErasureGround[] = ["notNeededForPlan", "unlawful", "noLongerNeeded", "consentWithdrawn", "objection", "legalDuty"];
