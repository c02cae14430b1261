using SupSup.Cli;
using SupSup.Cli.Commands;

CommonOptions common = new();
return await ToolProgram.RunAsync(
    args,
    common,
    DemoCommand.Create(common),
    TrainCommand.Create(common),
    PredictCommand.Create(common),
    EvaluateCommand.Create(common),
    TasksCommand.Create(common),
    ExperimentCommand.Create(common),
    ModelsCommand.Create(common),
    DataCommand.Create(common),
    new InstrumentCommand("bench", "measure speed and memory beside their floors and peers, in the same run", "SupSup.Bench", args),
    new InstrumentCommand(
        "loadtest", "put a cluster under load and faults, and check that nothing acknowledged was lost", "SupSup.LoadTest", args),
    SiloCommand.Create(common),
    KeysCommand.Create(common));
