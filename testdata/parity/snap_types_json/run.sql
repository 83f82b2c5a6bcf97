USE `snap_types_json`;
UPDATE t SET id=-id WHERE id=2;
