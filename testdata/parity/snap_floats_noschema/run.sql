USE `snap_floats_noschema`;
UPDATE t SET id=-id WHERE id=2;
