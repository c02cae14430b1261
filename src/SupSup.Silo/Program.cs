using SupSup.Silo;

if (args is ["--help" or "-h"])
{
    SiloProgram.PrintHelp();
    return 0;
}

return await SiloProgram.RunAsync(args, new Dictionary<string, string?>());
