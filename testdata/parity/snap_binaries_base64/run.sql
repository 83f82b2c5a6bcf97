USE `snap_binaries_base64`;
UPDATE t SET id=-id WHERE id=2;
