// Short names for the shapes of the HTTP contract; generated from `schema/openapi.yaml`, never written by hand.
import type { components } from "./schema.ts";

type Schemas = components["schemas"];

export type Session = Schemas["Session"];
export type PlanSummary = Schemas["PlanSummary"];
export type Plan = Schemas["Plan"];
export type Party = Schemas["Party"];
export type Person = Schemas["Person"];
export type Role = Schemas["Role"];
export type Right = Schemas["Right"];
export type NewRight = Schemas["NewRight"];
export type Actor = Schemas["Actor"];
export type Chapter = Schemas["Chapter"];
export type ChapterState = Schemas["ChapterState"];
export type ChapterText = Schemas["ChapterText"];
export type TextNode = Schemas["TextNode"];
export type TextMark = Schemas["TextMark"];
export type BlockStyle = Schemas["BlockStyle"];
export type Source = Schemas["Source"];
export type Authorship = Schemas["Authorship"];
export type ChapterBlame = Schemas["ChapterBlame"];
export type ChapterDifference = Schemas["ChapterDifference"];
export type DifferenceBlock = Schemas["DifferenceBlock"];
export type DifferenceRun = Schemas["DifferenceRun"];
export type StructureChange = Schemas["StructureChange"];
export type Contribution = Schemas["Contribution"];
export type HistoryEntry = Schemas["HistoryEntry"];
export type RestorePreview = Schemas["RestorePreview"];
export type Commitment = Schemas["Commitment"];
export type CommitmentPatch = Schemas["CommitmentPatch"];
export type NewCommitment = Schemas["NewCommitment"];
export type CommitmentChange = Schemas["CommitmentChange"];
export type CommitmentField = Schemas["CommitmentField"];
export type CommitmentStage = Schemas["CommitmentStage"];
/** Old and new are values of that field of a commitment, of any version; read them with `linesOf`. */
export type FieldChange = Omit<Schemas["FieldChange"], "old" | "new"> & { old: unknown; new: unknown };
export type Result = Schemas["Result"];
export type Money = Schemas["Money"];
export type Precondition = Schemas["Precondition"];
export type Scale = Schemas["Scale"];
export type PlanEvent = Schemas["PlanEvent"];
export type PlanEventPage = Schemas["PlanEventPage"];
export type EventSubjectKind = Schemas["EventSubjectKind"];
export type ForMe = Schemas["ForMe"];
export type Problem = Schemas["Problem"];
