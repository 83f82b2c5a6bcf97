USE `snap_types_enums`;
UPDATE t SET id=-id WHERE id=2;
