USE `snap_binaries_hex`;
UPDATE t SET id=-id WHERE id=2;
