namespace SupSup.Deploy.Tests.Rendering;

/// <summary>The Prometheus operator's ServiceMonitor.</summary>
internal sealed class ServiceMonitor : CustomObject<ServiceMonitorSpec>;
