USE `signal_types`;
INSERT INTO signals VALUES ('types','execute-snapshot','{"data-collections": ["signal_types\\\\.t_.*"], "type": "incremental"}'); DO SLEEP(2);
