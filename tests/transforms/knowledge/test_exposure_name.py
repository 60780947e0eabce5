"""Names of diagnoses and drugs as hospitals write them, in the languages that are supported."""

from __future__ import annotations

import pytest

from tests.table import table
from tests.transforms.knowledge.exposure_in_words import certainty, spoken_of

DIAGNOSIS = table("""
    name                                            | exposure           | certainty
    Chronic lymphocytic leukaemia                   | chronic_lymphocytic_leukaemia leukaemia |
    CLL                                             | chronic_lymphocytic_leukaemia |
    V.a. CLL                                        | chronic_lymphocytic_leukaemia | suspected
    Leucémie lymphoïde chronique                    | chronic_lymphocytic_leukaemia leukaemia |
    Kronisk lymfatisk leukemi                       | chronic_lymphocytic_leukaemia leukaemia |
    Akute myeloische Leukämie, in Remission         | leukaemia          | history
    Leucemia mieloide aguda                         | leukaemia          |
    Krooninen lymfaattinen leukemia                 | chronic_lymphocytic_leukaemia leukaemia |
    Haarzellleukämie                                | leukaemia          |
    Acute leukaemia not having achieved remission   | leukaemia          |
    AML                                             | leukaemia          |
    ALL                                             | leukaemia          |
    Pain in all joints                              |                    |
    Leukemoid reaction                              |                    |
    Leukopenia                                      |                    |
    Family history of leukaemia                     | leukaemia          | excluded
    Familienanamnese: Leukämie                      | leukaemia          | excluded
    Antecedentes familiares de leucemia             | leukaemia          | excluded
    Ausschluss Leukämie                             | leukaemia          | excluded
    Philadelphia negative acute lymphoblastic leukaemia | leukaemia      |
    Non-Hodgkin lymphoma                            | lymphoma           |
    Other non-follicular lymphoma, spleen           | lymphoma           |
    Morbus Hodgkin                                  | lymphoma           |
    Linfoma no Hodgkin                              | lymphoma           |
    B-Zell-Lymphom                                  | lymphoma           |
    B-cellslymfom                                   | lymphoma           |
    Lymfoom                                         | lymphoma           |
    Lymphomatoid papulosis                          |                    |
    Suspected lymphoma                              | lymphoma           | suspected
    Lymphoma, ruled out                             | lymphoma           | excluded
    Multiple myeloma                                | myeloma            |
    Multiples Myelom                                | myeloma            |
    Myélome multiple                                | myeloma            |
    Mieloma múltiple                                | myeloma            |
    Ziekte van Kahler                               | myeloma            |
    Plasmozytom                                     | myeloma            |
    Myelomeningocele                                |                    |
    MGUS                                            | monoclonal_gammopathy |
    Monoklonale Gammopathie unklarer Signifikanz    | monoclonal_gammopathy |
    Morbus Waldenström                              | monoclonal_gammopathy |
    HIV infection                                   | hiv                |
    Infection par le VIH                            | hiv                |
    HIV-Infektion                                   | hiv                |
    SIDA                                            | hiv                |
    AIDS                                            | hiv                |
    Hearing aids                                    |                    |
    HIV negative                                    |                    |
    HIV screening                                   |                    |
    Exposure to HIV                                 |                    |
    HIV counselling                                 |                    |
    Inconclusive laboratory evidence of HIV         |                    |
    Nephrotic syndrome                              | nephrotic          |
    Nephrotisches Syndrom                           | nephrotic          |
    Syndrome néphrotique                            | nephrotic          |
    Sindrome nefrosica                              | nephrotic          |
    Nefrotiskt syndrom                              | nephrotic          |
    Diabetic nephropathy                            |                    |
    Protein-losing enteropathy                      | protein_loss       |
    Exsudative Enteropathie                         | protein_loss       |
    Enteropatía pierdeproteínas                     | protein_loss       |
    Intestinal lymphangiectasia                     | protein_loss       |
    Conjunctival lymphangiectasia                   |                    |
    Thymoma                                         | thymoma            |
    Good's syndrome                                 | thymoma            |
    Goodpasture syndrome                            |                    |
    Good response to treatment                      |                    |
    Asplenia                                        | asplenia           |
    Z.n. Splenektomie                               | asplenia           | history
    Esplenectomía                                   | asplenia           |
    Partial splenectomy                             |                    |
    Splenomegaly                                    |                    |
    Status post bone marrow transplant              | stem_cell_transplant | history
    Allogeneic haematopoietic stem cell transplantation | stem_cell_transplant |
    Stammzelltransplantation                        | stem_cell_transplant |
    Trapianto di midollo osseo                      | stem_cell_transplant |
    Bone marrow donor                               |                    |
    Awaiting bone marrow transplant                 |                    |
    Kidney transplant                               | organ_transplant   |
    Zustand nach Nierentransplantation              | organ_transplant   | history
    Greffe rénale                                   | organ_transplant   |
    Niertransplantatie                              | organ_transplant   |
    Levertransplantasjon                            | organ_transplant   |
    Munuaisensiirto                                 | organ_transplant   |
    Kidney donor                                    |                    |
    Corneal transplant                              |                    |
    Obesity                                         |                    |
    Gastroenteritis presumed infection              |                    |
    Malignant neoplasm of nasal cavity              |                    |
""")

DRUG = table("""
    name                                      | exposure
    Clozapin 100 mg                           | clozapine
    INJ.RITUXIMAB500MG                        | rituximab
    Mycofenolaatmofetil 500 mg                | mycophenolic_acid
    Méthotrexate 2,5 mg                       | methotrexate
    Metotressato 10 mg                        | methotrexate
    Metotreksaatti 2,5 mg                     | methotrexate
    Siklosporiini 50 mg                       | ciclosporin
    Ciclosporina 100 mg                       | ciclosporin
    Azatioprina 50 mg                         | azathioprine
    Atsatiopriini 50 mg                       | azathioprine
    Ácido valproico                           | valproic_acid
    Valproinsyra                              | valproic_acid
    Carbamacepina 200 mg                      | carbamazepine
    Sulfassalazina 500 mg                     | sulfasalazine
    Idrossiclorochina 200 mg                  | hydroxychloroquine
    Hydroxyklorokin 200 mg                    | hydroxychloroquine
    Desametasone compresse 4 mg               | dexamethasone
    Metyyliprednisoloni 16 mg                 | methylprednisolone
    Ciclofosfamida 50 mg                      | cyclophosphamide
    Syklofosfamidi                            | cyclophosphamide
    Vinkristiini                              | vincristine
    Bortetsomibi                              | bortezomib
    Okrelitsumabi                             | ocrelizumab
    Alentuzumabe                              | alemtuzumab
    Menschliches Immunglobulin normal i.v.    | immunoglobulin
    Immunoglobuline humaine normale           | immunoglobulin
    Inmunoglobulina humana normal             | immunoglobulin
    Imunoglobulina humana                     | immunoglobulin
    Immunoglobulina umana normale             | immunoglobulin
    Humaan normaal immunoglobuline            | immunoglobulin
    Humant normalt immunglobulin              | immunoglobulin
    Globulina antitimocítica                  | antithymocyte_globulin
    Fluticasone                               |
    Leukemia                                  |
""")

NO_DRUG = table("""
    name                                      | meaning
    Mycophenolate level                       | test
    Ciclosporine dalspiegel                   | test
    Takrolimus i serum                        | test
    Takrolimuusi, pitoisuus                   | test
    Dosagem de ciclosporina                   | test
    Dosaggio di ciclosporina                  | test
    Allergie voor azathioprine                | allergy
    Overfølsomhed for penicillamin            | allergy
    Hipersensibilidade a metotrexato          | allergy
    Consenso informato rituximab              | intent
    Rituximab avventer svar                   | intent
    Rituximab niet gestart                    | negation
    Rituximab ei aloitettu                    | negation
""")


@pytest.mark.parametrize("case", DIAGNOSIS, ids=lambda case: case["name"])
def test_a_diagnosis_is_found_by_its_name(con, case):
    found = spoken_of(con, "diagnosis", case["name"])
    expected = {f"{name}_diagnosis_name" for name in (case["exposure"] or "").split()}
    assert set(found) == expected
    assert {certainty(meanings) for meanings in found.values()} <= {case["certainty"]}


@pytest.mark.parametrize("case", DRUG, ids=lambda case: case["name"])
def test_a_drug_is_found_by_its_name(con, case):
    found = spoken_of(con, "medication", case["name"])
    assert set(found) == {f"{name}_name" for name in (case["exposure"] or "").split()}
    silent = {"test", "allergy", "intent", "negation"}
    assert not any(meanings & silent for meanings in found.values())


@pytest.mark.parametrize("case", NO_DRUG, ids=lambda case: case["name"])
def test_what_is_no_treatment_says_so(con, case):
    found = spoken_of(con, "medication", case["name"])
    assert found
    assert all(case["meaning"] in meanings for meanings in found.values())
