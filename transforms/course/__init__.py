"""A patient's panels over time become states: pure functions, one event at a time."""

from transforms.course.courses import PATIENT_FLAG, STEP, Courses
from transforms.course.follow import follow
from transforms.course.outlook import Outlook
from transforms.course.standing import Standing, standings

__all__ = ["PATIENT_FLAG", "STEP", "Courses", "Outlook", "Standing", "follow", "standings"]
