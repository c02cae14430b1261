using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SupSup.Silo;
using SupSup.Silo.Settings;

if (args is ["--help" or "-h"])
{
    Console.WriteLine("A silo of SupSup. Settings, as flags (--Storage:Kind=azure), environment (SupSup__Storage__Kind=azure) or appsettings.json, with defaults:");
    foreach ((string key, object? value) in SettingsReader.All()) Console.WriteLine($"  {key} = {value}");
    Console.WriteLine("docs/operating.md says what they mean.");
    return 0;
}

try
{
    IConfiguration configuration = SettingsSources.Load(args);
    using IHost host = SiloHost.Build(SettingsReader.Read(configuration), logging => logging
        .AddFilter("Microsoft.AspNetCore", LogLevel.Warning) // or every probe of the health endpoints would be logged
        .AddConfiguration(configuration.GetSection("Logging"))
        .AddSimpleConsole(console => console.SingleLine = true));
    await host.RunAsync();
    return 0;
}
catch (Exception e) when (e is ValidationException or OrleansConfigurationException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}
#pragma warning disable CA1031 // Whatever ends the silo ends the process; the log has the rest.
catch (Exception e)
#pragma warning restore CA1031
{
    await Console.Error.WriteLineAsync(e.Message.ReplaceLineEndings(" "));
    return 1;
}
