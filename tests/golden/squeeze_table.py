# SPDX-License-Identifier: Apache-2.0
"""KubeVirt's DomainSpec struct as data; squeeze.py reads it and says what it is for.

Every element and attribute that the struct has, in its order (pkg/virt-launcher/virtwrap/api/schema.go, KubeVirt main
of August 2026). `newtork` is KubeVirt's spelling.
"""

# One line an element, in the struct's order, children indented below. The first sign says when it is written:
#   !  always   ?  unless its text is the zero value   *  each one that was there
#   -  if it was there, several merged into one   =  if it was there, the last of several
# Then, in any order of these three but with the attributes in the struct's order:
#   #KIND         has text; KIND is empty for a string, else u32, u64, i32, i64, bool or time
#   @NAME[=KIND]  attribute, always written; @NAME? unless it is the zero value; @NAME+ if it was there
#   &ELEMENT      attributes and children are those of ELEMENT, at the table's end
TABLE = """
!domain @type @xmlns:qemu?
  !name #
  ?uuid #
  !memory #u64 @unit
  -currentMemory #u64 @unit
  -maxMemory #u64 @unit @slots=u64
  -memoryBacking
    -hugepages
      *page @size @unit @nodeset
    -source @type
    -access @mode
    -allocation @mode
    -nosharepages
  !os @firmware?
    -firmware
      *feature @enabled @name
    !type # @arch? @machine?
    -acpi
      *table # @type?
    -smbios @mode
    *boot @dev
    -bootmenu @enable @timeout+=u64
    -bios @useserial?
    -loader # @readonly? @secure? @type?
    -nvram # @template? @format?
    ?kernel #
    ?initrd #
    ?cmdline #
  -sysinfo @type
    !system
      *entry # @name
    !bios
      *entry # @name
    !baseBoard
      *entry # @name
    !chassis
      *entry # @name
  !devices
    ?emulator #
    *interface @type @trustGuestRxFilters?
      -address &address
      !source @network? @dev? @bridge? @mode?
        -address &address
      -target @dev @managed?
      -model @type
      -mac @address
      -mtu @size
      -bandwidth
      -boot @order=u64
      -link @state
      -filterref @filter
      =alias @name
      -driver @name @queues+=u64 @iommu?
      -rom @enabled
      -acpi @index=u64
      -backend @type? @logFile?
      *portForward @proto @address? @dev?
        *range @start=u64 @end?=u64 @to?=u64 @exclude?
    *channel @type
      -source @mode @path
      -target @name? @type @address? @port?=u64 @state?
    *hostdev @type @managed? @mode? @model? @display? @ramfb?
      !source
        -address &address
      -boot @order=u64
      -address &address
      =alias @name
      -driver @iommufd?
      -acpi @nodeset?
    *panic @model+
    *controller @type @index @model?
      -driver @iothread+=u64 @queues+=u64 @iommu?
      =alias @name
      -address &address
      -pcihole64 #u64 @unit?
      -target @hotplug? @busNr+=u32
        -node #u32
    *video
      !model @type @heads+=u64 @ram+=u64 @vram+=u64 @vgamem+=u64
    *graphics @autoport? @defaultMode? @passwdValidTo? @port?=i32 @tlsPort?=i64 @type
      -listen @type @address? @newtork? @socket?
    -memballoon @model @freePageReporting?
      -stats @period=u64
      -address &address
      -driver @iommu?
    *disk @device @snapshot? @type @model?
      !source &disk-source
      !target @bus? @dev? @tray?
      ?serial #
      -driver @cache? @error_policy? @io? @name @type @iothread+=u64 @queues+=u64 @discard? @iommu?
        -iothreads
          *iothread @id=u32
      -readonly
      -auth @username
        -secret @type @usage? @uuid?
      =alias @name
      -backingStore @type?
        -format @type
        -source &disk-source
      -boot @order=u64
      -address &address
      -blockio @logical_block_size?=u64 @physical_block_size?=u64 @discard_granularity+=u64
      -filesystemOverhead #
      -capacity #i64
      -shareable
    *input @type @bus @model?
      =alias @name
      -address &address
    *serial @type
      -target @port+=u64
      -source @mode? @path?
      =alias @name
      -log @file? @append?
    *console @type
      -target @type+ @port+=u64
      -source @mode? @path?
      =alias @name
    *watchdog @model @action
      =alias @name
      -address &address
    -rng @model
      -backend # @model
      -address &address
      -driver @iommu?
    *filesystem @type @accessMode
      -source @dir @socket?
      -target @dir?
      -driver @type @queue?
      -binary @path? @xattr?
        -cache @mode?
        -lock @posix? @flock?
    *redirdev @type @bus
      !source @mode @path
    *sound @model
      =alias @name
    *tpm @model
      !backend @type @version @persistent_state?
    -vsock @model?
      !cid @auto @address?=u32
    -memory @model
      -target
        !size #u64 @unit
        !requested #u64 @unit
        !current #u64 @unit
        !node #
        !block #u64 @unit
        -address @base
      =alias @name
      -address &address
    *iommu @model
      -driver @pciBus? @accel? @ats? @ril? @ssidSize? @oas?
  -clock @offset? @timezone? @adjustment?
    *timer @name @tickpolicy? @present? @track? @frequency?
  -resource
    !partition #
  -qemu:commandline
    *qemu:env @name @value
    *qemu:arg @value
  !metadata
    !{http://kubevirt.io}kubevirt
      !uid #
      -graceperiod
        !deletionGracePeriodSeconds #i64
        -deletionTimestamp #time
        -markedForGracefulShutdown #bool
      -migration
        ?uid #
        -startTimestamp #time
        -endTimestamp #time
        ?failed #bool
        ?failureReason #
        ?abortStatus #
        ?mode #
      -backup
        ?name #
        ?mode #
        ?skipQuiesce #bool
        -startTimestamp #time
        -endTimestamp #time
        ?completed #bool
        ?failed #bool
        ?backupMsg #
        ?checkpointName #
        ?volumes #
        ?quiesceStatus #
      -accessCredential
        ?succeeded #bool
        ?message #
      -memoryDump
        ?fileName #
        -startTimestamp #time
        -endTimestamp #time
        ?completed #bool
        ?failed #bool
        ?failureReason #
  -features
    -acpi
    -apic
    -hyperv @mode?
      -relaxed @state?
      -vapic @state?
      -spinlocks @state? @retries+=u32
      -vpindex @state?
      -runtime @state?
      -synic @state?
      -stimer @state?
        -direct @state?
      -reset @state?
      -vendor_id @state? @value?
      -frequencies @state?
      -reenlightenment @state?
      -tlbflush @state?
        -direct @state?
        -extended @state?
      -ipi @state?
      -evmcs @state?
    -smm
    -kvm
      -hidden @state?
      -hint-dedicated @state?
    -pvspinlock @state?
    -pmu @state?
    -vmport @state?
  !cpu @mode?
    ?model #
    *feature @name @policy?
    -topology @sockets?=u32 @cores?=u32 @threads?=u32
    -numa
      *cell @id @cpus? @memory+=u64 @unit? @memAccess?
        -distances
          *sibling @id @value=u64
  -vcpu #u32 @placement
  -vcpus
    *vcpu @id=u32 @enabled? @hotpluggable? @order?=u32
  -cputune
    *vcpupin @vcpu=u32 @cpuset
    *iothreadpin @iothread=u32 @cpuset
    -emulatorpin @cpuset
  -numatune
    !memory @mode @nodeset
    *memnode @cellid=u32 @mode @nodeset
  -iothreads #u64
  -launchSecurity @type
    ?dhCert #
    ?session #
    ?cbitpos #
    ?reducedPhysBits #
    ?policy #
    -quoteGenerationService @path?
  ?on_reboot #
  -iommufd @enabled @fdgroup?
!address @type? @domain? @bus? @slot? @function? @controller? @target? @unit? @uuid? @device? @cssid? @ssid? @devno?
!disk-source @dev? @file? @startupPolicy? @protocol? @name?
  -host @name @port?
  -reservations @managed? @migration?
    -source @type @path? @mode?
  *slices
    !slice @type @offset=i64 @size=i64
  -dataStore @type?
    -format @type
    -source &disk-source
"""
