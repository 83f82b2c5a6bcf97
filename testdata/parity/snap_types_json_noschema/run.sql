USE `snap_types_json_noschema`;
UPDATE t SET id=-id WHERE id=2;
