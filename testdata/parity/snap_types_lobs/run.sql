USE `snap_types_lobs`;
UPDATE t SET id=-id WHERE id=2;
