"""Opens what is published through SQLAlchemy, as Superset and others do; run with it on the path.

Arguments: the home. Prints what it saw as JSON.
"""

import json
import sys

import duckdb
import sqlalchemy as sa

(home,) = sys.argv[1:]
engine = sa.create_engine(
    f"duckdb:///{home}/igwatch.duckdb", connect_args={"read_only": True}, pool_size=2
)
inspector = sa.inspect(engine)
seen = {
    "version": f"duckdb {duckdb.__version__}, SQLAlchemy {sa.__version__}",
    "schemas": sorted(name.split(".")[-1].strip('"') for name in inspector.get_schema_names()),
    "views": sorted(inspector.get_view_names(schema="core")),
    "columns": {c["name"]: str(c["type"]) for c in inspector.get_columns("funnel", schema="mart")},
}
run_id = sa.text("SELECT DISTINCT run_id FROM core.measurement")
with engine.connect() as con:
    seen["before"] = con.execute(run_id).scalar()
    print("ready", flush=True)
    sys.stdin.readline()
    seen["after"] = con.execute(run_id).scalar()
    # as a chart of Superset asks: the columns that the inspector told, a metric, a filter, a limit.
    # (Reflecting a whole sa.Table fails in duckdb-engine 0.17 under SQLAlchemy 2, for any file.)
    told = inspector.get_columns("measurement", schema="core")
    table = sa.table("measurement", *(sa.column(c["name"]) for c in told), schema="core")
    chart = (
        sa.select(table.c.analyte, sa.func.count().label("n"))
        .where(table.c.value_g_per_l > 0)
        .group_by(table.c.analyte)
        .limit(10)
    )
    seen["chart"] = [list(row) for row in con.execute(chart)]
with sa.create_engine(
    f"duckdb:///{home}/quality.duckdb", connect_args={"read_only": True}
).connect() as con:
    seen["quality"] = con.execute(sa.text("SELECT count(*) FROM quality.freshness")).scalar()
print(json.dumps(seen))
