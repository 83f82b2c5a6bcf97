USE `snap_types_enums_noschema`;
UPDATE t SET id=-id WHERE id=2;
