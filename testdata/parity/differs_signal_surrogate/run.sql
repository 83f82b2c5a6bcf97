USE `differs_signal_surrogate`;
INSERT INTO signals VALUES ('s4','execute-snapshot','{"data-collections": ["differs_signal_surrogate.keyless"], "surrogate-key": "n"}'); DO SLEEP(3);
