/* switch.S -- swaps the running stack for another one.
 *
 * void cf__switch(void **save, void *to): pushes the registers a called function must preserve,
 * stores the stack pointer in *save, takes `to` as the stack pointer and pops its registers.
 * The floating-point control words are not part of it: nothing here changes them. */

/* A return address is swapped with its stack, so the object is marked for branch tracking only,
 * never for shadow stacks. */
#if defined(__CET__) && __CET__ == 1
#include <cet.h>
#else
#define _CET_ENDBR
#endif

#if defined(__x86_64__)

    .text
    .p2align 4
    .globl cf__switch
    .hidden cf__switch
    .type cf__switch, @function
cf__switch:
    .cfi_startproc
    _CET_ENDBR
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    pushq %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r12, 0
    pushq %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r13, 0
    pushq %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r14, 0
    pushq %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r15, 0
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    .cfi_adjust_cfa_offset -8
    popq %r14
    .cfi_adjust_cfa_offset -8
    popq %r13
    .cfi_adjust_cfa_offset -8
    popq %r12
    .cfi_adjust_cfa_offset -8
    popq %rbx
    .cfi_adjust_cfa_offset -8
    popq %rbp
    .cfi_adjust_cfa_offset -8
    ret
    .cfi_endproc
    .size cf__switch, . - cf__switch

/* Where a new stack begins: calls the function in rbx with the argument in r12. The undefined
 * return address tells unwinders that the stack ends here. */
    .p2align 4
    .globl cf__switch_entry
    .hidden cf__switch_entry
    .type cf__switch_entry, @function
cf__switch_entry:
    .cfi_startproc
    .cfi_undefined %rip
    _CET_ENDBR
    movq %r12, %rdi
    call *%rbx
    ud2
    .cfi_endproc
    .size cf__switch_entry, . - cf__switch_entry

#elif defined(__aarch64__)

    .text
    .p2align 4
    .globl cf__switch
    .hidden cf__switch
    .type cf__switch, %function
cf__switch:
    .cfi_startproc
    hint #34                            /* bti c */
    sub sp, sp, #160
    .cfi_adjust_cfa_offset 160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    .cfi_rel_offset x19, 0
    .cfi_rel_offset x20, 8
    .cfi_rel_offset x21, 16
    .cfi_rel_offset x22, 24
    .cfi_rel_offset x23, 32
    .cfi_rel_offset x24, 40
    .cfi_rel_offset x25, 48
    .cfi_rel_offset x26, 56
    .cfi_rel_offset x27, 64
    .cfi_rel_offset x28, 72
    .cfi_rel_offset x29, 80
    .cfi_rel_offset x30, 88
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x2, sp
    str x2, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    .cfi_adjust_cfa_offset -160
    ret
    .cfi_endproc
    .size cf__switch, . - cf__switch

/* Where a new stack begins: calls the function in x19 with the argument in x20. */
    .p2align 4
    .globl cf__switch_entry
    .hidden cf__switch_entry
    .type cf__switch_entry, %function
cf__switch_entry:
    .cfi_startproc
    .cfi_undefined x30
    hint #36                            /* bti j */
    mov x0, x20
    blr x19
    brk #0
    .cfi_endproc
    .size cf__switch_entry, . - cf__switch_entry

#endif

    .section .note.GNU-stack, "", %progbits
