USE `snap_maria_binaries`;
UPDATE t SET id=-id WHERE id=2;
