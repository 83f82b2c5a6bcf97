USE `snap_types_binaries`;
UPDATE t SET id=-id WHERE id=2;
