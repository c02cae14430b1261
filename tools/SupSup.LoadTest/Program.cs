using SupSup.Cli;
using SupSup.Cli.Commands;
using SupSup.LoadTest;

CommonOptions common = new();
return await ToolProgram.RunAsync(args, common, LoadTestCommand.Create(common));
