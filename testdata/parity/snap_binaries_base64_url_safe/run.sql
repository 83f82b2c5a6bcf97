USE `snap_binaries_base64_url_safe`;
UPDATE t SET id=-id WHERE id=2;
