USE `differs_partial_json`;
SET SESSION binlog_row_value_options=PARTIAL_JSON; UPDATE t SET j=JSON_SET(j,'$.a',2); UPDATE t SET j=JSON_REMOVE(j,'$.b'); INSERT INTO t VALUES (2,'{}');
