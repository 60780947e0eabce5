"""A patient's panels over time become states: pure functions, one event at a time."""

from transforms.course.assessment import Assessment, assessments
from transforms.course.fold_output import PATIENT_FLAG, STEP, Courses
from transforms.course.follow_patients import follow
from transforms.course.next_steps import NextStep

__all__ = [
    "PATIENT_FLAG",
    "STEP",
    "Assessment",
    "Courses",
    "NextStep",
    "assessments",
    "follow",
]
