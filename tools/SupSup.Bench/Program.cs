using SupSup.Cli;
using SupSup.Cli.Commands;
using SupSup.Bench;

CommonOptions common = new();
return await ToolProgram.RunAsync(args, common, BenchCommand.Create(common));
