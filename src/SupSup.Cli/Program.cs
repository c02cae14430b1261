using SupSup.Cli;
using SupSup.Cli.Commands;

CommonOptions common = new();
return await ToolProgram.RunAsync(args, common, ToolCommands.Create(common, args));
