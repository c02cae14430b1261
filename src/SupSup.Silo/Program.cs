using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SupSup.Silo;

IConfiguration configuration = new ConfigurationBuilder()
    .AddJsonFile("appsettings.json", optional: true)
    .AddEnvironmentVariables()
    .AddCommandLine(args)
    .Build();

try
{
    SiloSettings settings = configuration.GetSection(SiloSettings.Section).Get<SiloSettings>() ?? new SiloSettings();
    using IHost host = SiloHost.Build(settings, logging => logging.AddSimpleConsole(console => console.SingleLine = true));
    await host.RunAsync();
    return 0;
}
catch (Exception e) when (e is ValidationException or InvalidOperationException { InnerException: FormatException })
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}
catch (Exception e) when (e is OrleansException or IOException or System.Net.Sockets.SocketException)
{
    await Console.Error.WriteLineAsync(e.Message.ReplaceLineEndings(" "));
    return 1;
}
