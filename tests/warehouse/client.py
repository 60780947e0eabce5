"""Opens what is published as a reader's own DuckDB does; run with that DuckDB on the path.

Arguments: the home, a moved copy of it. Prints what it saw as JSON.
"""

import json
import sys

import duckdb

home, moved = sys.argv[1:]
seen = {"version": duckdb.__version__}
with duckdb.connect(f"{home}/igwatch.duckdb", read_only=True) as con:
    views = con.execute(
        "SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1"
    ).fetchall()
    seen["rows"] = {
        view: con.execute(f"SELECT count(*) FROM {view}").fetchone()[0] for (view,) in views
    }
    seen["comment"] = con.execute(
        "SELECT comment FROM duckdb_columns() WHERE column_name = 'value_g_per_l' "
        "AND table_name = 'measurement'"
    ).fetchone()[0]
    seen["before"] = con.execute("SELECT DISTINCT run_id FROM core.measurement").fetchone()[0]
    print("ready", flush=True)
    sys.stdin.readline()
    seen["after"] = con.execute("SELECT DISTINCT run_id FROM core.measurement").fetchone()[0]
with duckdb.connect(f"{home}/quality.duckdb", read_only=True) as con:
    seen["quality"] = con.execute("SELECT count(*) FROM quality.freshness").fetchone()[0]
with duckdb.connect(f"{home}/omop.duckdb", read_only=True) as con:
    views = con.execute(
        "SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main'"
    ).fetchall()
    seen["omop"] = {view: con.execute(f"FROM {view}").fetchall() for (view,) in views}
    seen["omop"] = {view: len(rows) for view, rows in seen["omop"].items()}
with duckdb.connect(f"{home}/live/warehouse_quality.duckdb", read_only=True) as con:
    assert con.execute("SELECT count(*) FROM quality.freshness").fetchone()[0] == seen["quality"]
with duckdb.connect(f"{home}/live/warehouse.duckdb", read_only=True) as con:
    seen["copied"] = con.execute("SELECT count(*) FROM core.measurement").fetchone()[0]
    seen["lists"] = con.execute("SELECT routes FROM flag.patient_flag").fetchall()
with duckdb.connect(f"{moved}/igwatch.duckdb", read_only=True) as con:
    con.execute(f"SET VARIABLE igwatch_root = '{moved}'")
    seen["moved"] = con.execute("SELECT DISTINCT run_id FROM core.measurement").fetchone()[0]
print(json.dumps(seen))
